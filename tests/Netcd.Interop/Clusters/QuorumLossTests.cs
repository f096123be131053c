using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>What the last of three members answers, and how it is made to go on alone.</summary>
public sealed class QuorumLossTests
{
    private static readonly Grpc.Core.Metadata RequireLeader = new() { { "hasleader", "true" } };

    [Fact]
    public async Task A_survivor_says_what_it_lacks_and_goes_on_alone_when_it_is_forced_to()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember survivor = await cluster.FollowerAsync();
        await survivor.Channel.PutManyAsync("kept/", 100);
        await cluster.AssertSameEverywhereAsync();
        ulong id = await cluster.IdOfAsync(survivor);
        foreach (ClusterMember other in cluster.Members.Where(other => other != survivor))
        {
            await other.KillAsync();
        }

        KV.KVClient kv = new(survivor.Channel);
        RangeRequest serializable = new() { Key = ByteString.CopyFromUtf8("kept/00042"), Serializable = true };
        Status late = await RefusalAsync(
            () => kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("lost") }, deadline: Deadline).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, late.StatusCode);
        Assert.Matches("^etcdserver: request timed out(, possibly due to (previous leader failure|connection lost))?$", late.Detail);
        Assert.Equal("value-42", (await kv.RangeAsync(serializable, deadline: Deadline)).Kvs.Single().Value.ToStringUtf8());

        Status leaderless = await RefusalAsync(
            () => kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("lost") }, RequireLeader, Deadline).ResponseAsync);
        Assert.Equal(new Status(StatusCode.Unavailable, "etcdserver: no leader"), leaderless);
        leaderless = await RefusalAsync(() => kv.RangeAsync(serializable, RequireLeader, Deadline).ResponseAsync);
        Assert.Equal(new Status(StatusCode.Unavailable, "etcdserver: no leader"), leaderless);

        await survivor.KillAsync();
        survivor.Start(cluster.InitialCluster, "existing", "--force-new-cluster");
        await survivor.ReadyAsync();
        MemberListResponse list = await new Cluster.ClusterClient(survivor.Channel).MemberListAsync(
            new MemberListRequest { Linearizable = true }, deadline: Deadline);
        Assert.Equal(id, list.Members.Single().ID);
        await survivor.Channel.PutAsync("alone", "1");
        Assert.Equal(100, (await survivor.Channel.PrefixAsync("kept/")).Count);
        Assert.Empty((await survivor.Channel.PrefixAsync("lost")).Kvs);

        // Those that were given up were removed: one that comes back must not disturb it.
        ClusterMember returned = cluster.Members.First(other => other != survivor);
        returned.Start(cluster.InitialCluster, "existing");
        Assert.Equal(0, await returned.EndedAsync());
        await survivor.Channel.PutAsync("alone", "2");

        // And without the flag it stays what it has become, and grows again.
        Assert.Equal(143, await survivor.TerminateAsync());
        survivor.Start(cluster.InitialCluster, "existing");
        await survivor.ReadyAsync();
        Assert.Equal("2", (await survivor.Channel.PrefixAsync("alone")).Kvs.Single().Value.ToStringUtf8());
    }

    private static DateTime Deadline => DateTime.UtcNow.AddSeconds(30);

    private static async Task<Status> RefusalAsync<T>(Func<Task<T>> call)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
        return new Status(refused.StatusCode, refused.Status.Detail);
    }
}
