using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>
/// Clusters of real processes lose members in every way there is while clients write and read. After each loss: nothing
/// acknowledged is gone, no linearizable read is stale, all members hold the same. <c>NETCD_LONG_TESTS=1</c> runs many rounds.
/// </summary>
public sealed class SurvivalTests
{
    private static bool IsLong => Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1";

    [Fact]
    public async Task The_leader_is_killed_again_and_again()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        await using Clients clients = new(cluster);
        List<TimeSpan> outages = [];
        for (int round = 0; round < (IsLong ? 30 : 3); round++)
        {
            await clients.ServedAgainAsync();
            ClusterMember leader = await cluster.LeaderAsync();
            await leader.KillAsync();
            outages.Add(await clients.ServedAgainAsync());
            await cluster.RestartAsync(leader);
        }

        await clients.StopAndCheckAsync();
        outages.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"outages: median {outages[outages.Count / 2]}, worst {outages[^1]}");

        // Twice the election timeout: raft waits from one to two of them before it elects.
        Assert.True(outages[outages.Count / 2] < TimeSpan.FromSeconds(2) + Margin, $"the median outage was {outages[outages.Count / 2]}");
    }

    [Fact]
    public async Task The_leader_stands_still_and_goes_on()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        await using Clients clients = new(cluster);
        for (int round = 0; round < (IsLong ? 15 : 2); round++)
        {
            ClusterMember stopped = round % 3 == 2 ? await cluster.FollowerAsync() : await cluster.LeaderAsync();
            stopped.Pause();
            await cluster.LeaderAsync(except: stopped);
            await clients.ServedAgainAsync();
            stopped.Resume();
            await clients.ServedAgainAsync();
        }

        await clients.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_member_is_cut_off_in_both_directions_or_one_and_comes_back()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        await using Clients clients = new(cluster);
        for (int round = 0; round < (IsLong ? 16 : 4); round++)
        {
            await clients.ServedAgainAsync();
            ClusterMember member = round % 4 == 3 ? await cluster.FollowerAsync() : await cluster.LeaderAsync();
            string id = await cluster.HexIdOfAsync(member);
            bool isDeaf = round % 3 != 1;
            bool isMute = round % 3 != 2;
            if (isDeaf)
            {
                member.Proxy.CutAll();
            }

            foreach (ClusterMember other in cluster.Members.Where(other => isMute && other != member))
            {
                other.Proxy.Cut(id);
            }

            await clients.ServedAgainAsync();
            await cluster.LeaderAsync(except: isDeaf && isMute ? member : null);
            await clients.ServedAgainAsync();
            foreach (ClusterMember other in cluster.Members)
            {
                other.Proxy.Heal();
            }
        }

        await clients.StopAndCheckAsync();
    }

    [Fact]
    public async Task Members_are_restarted_one_after_another()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        await using Clients clients = new(cluster);
        for (int round = 0; round < (IsLong ? 5 : 1); round++)
        {
            foreach (ClusterMember member in cluster.Members.ToArray())
            {
                await clients.ServedAgainAsync();
                Assert.Equal(143, await member.TerminateAsync());
                await cluster.RestartAsync(member);
            }
        }

        await clients.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_follower_that_lost_its_disk_is_replaced()
    {
        // Few entries are kept, so that the newcomer needs a snapshot.
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, "--snapshot-count", "200", "--snapshot-catchup-entries", "50");
        await using Clients clients = new(cluster);
        ClusterMember lost = await cluster.FollowerAsync();
        await lost.KillAsync();
        await cluster.RemoveAsync(lost);
        await lost.DisposeAsync();
        ClusterMember leader = await cluster.LeaderAsync();
        await leader.Channel.PutManyAsync("more", 600);
        ClusterMember replacement = await cluster.AddAsync(NetcdProgram.Path);
        await clients.ServedAgainAsync();
        await clients.StopAndCheckAsync();
        StatusResponse? status = await ProcessCluster.StatusAsync(replacement);
        Assert.NotNull(status);
        Assert.False(status.IsLearner);
        Assert.Contains("snapshot", replacement.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_members_serve_while_two_are_down()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(5);
        await using Clients clients = new(cluster);
        for (int round = 0; round < (IsLong ? 6 : 1); round++)
        {
            ClusterMember first = await cluster.LeaderAsync();
            await first.KillAsync();
            ClusterMember second = await cluster.LeaderAsync();
            await second.KillAsync();
            await clients.ServedAgainAsync();
            await cluster.RestartAsync(first);
            await cluster.RestartAsync(second);
        }

        await clients.StopAndCheckAsync();
    }

    [Fact]
    public async Task Members_come_and_go_under_load()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        await using Clients clients = new(cluster);
        for (int round = 0; round < (IsLong ? 50 : 2); round++)
        {
            ClusterMember learner = await cluster.AddAsync(NetcdProgram.Path, asLearner: true);
            await cluster.PromoteAsync(learner);
            ClusterMember leader = await cluster.LeaderAsync();
            await cluster.RemoveAsync(leader);
            Assert.Equal(0, await leader.EndedAsync());
            await leader.DisposeAsync();
            await clients.ServedAgainAsync();
        }

        await clients.StopAndCheckAsync();
        Assert.Equal(3, (await cluster.MembersAsync()).Count);
    }

    /// <summary>What a busy machine of two cores adds.</summary>
    private static TimeSpan Margin => TimeSpan.FromSeconds(2);
}
