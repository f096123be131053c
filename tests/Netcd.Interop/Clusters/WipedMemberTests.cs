using Netcd.Interop.Processes;

namespace Netcd.Interop.Clusters;

/// <summary>A member whose directory was lost must not come back under its old id: it has forgotten its votes and its log.</summary>
public sealed class WipedMemberTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wiped_member_is_refused_as_new_and_comes_back_with_a_new_id(bool isNetcd)
    {
        string program = isNetcd ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync();
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([program, program, program]);
        ClusterMember wiped = await cluster.FollowerAsync();
        string id = await cluster.HexIdOfAsync(wiped);
        await wiped.KillAsync();
        wiped.Wipe();

        cluster.StartAsNew(wiped);
        Assert.Equal(1, await wiped.EndedAsync());
        await wiped.HasLoggedAsync($"member {id} has already been bootstrapped");

        await cluster.RemoveAsync(wiped);
        await cluster.AddAsync(wiped);
        Assert.NotEqual(id, await cluster.HexIdOfAsync(wiped));
        await (await cluster.LeaderAsync()).Channel.PutManyAsync("after", 50);
        await cluster.AssertSameEverywhereAsync();
    }
}
