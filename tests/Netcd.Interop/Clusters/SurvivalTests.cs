using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>
/// Clusters of real processes lose members in every way there is while clients write and read. After each loss: nothing
/// acknowledged is gone, no linearizable read is stale, all members hold the same. <c>NETCD_LONG_TESTS=1</c> runs many rounds.
/// </summary>
public sealed class SurvivalTests
{
    private static readonly TimeSpan ElectionTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BusyMachine = TimeSpan.FromSeconds(2);

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
            await clients.CheckAsync();
        }

        await clients.StopAndCheckAsync();
        AssertShort(outages);
    }

    [Fact]
    public async Task The_leader_or_a_follower_stands_still_and_goes_on()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        await using Clients clients = new(cluster);
        List<TimeSpan> outages = [];
        for (int round = 0; round < (IsLong ? 15 : 2); round++)
        {
            bool isLeader = round % 2 == 0;
            ClusterMember stopped = isLeader ? await cluster.LeaderAsync() : await cluster.FollowerAsync();
            stopped.Pause();
            TimeSpan outage = await clients.ServedWithoutAsync(stopped);
            if (isLeader)
            {
                outages.Add(outage);
            }

            await cluster.LeaderAsync(except: stopped);
            stopped.Resume();
            await clients.ServedAgainAsync();
            await clients.CheckAsync();
        }

        await clients.StopAndCheckAsync();
        AssertShort(outages);
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

            await clients.CheckAsync();
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
                await clients.CheckAsync();
            }
        }

        await clients.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_follower_that_lost_its_disk_is_replaced()
    {
        // Few entries are kept, so that the newcomer needs a snapshot.
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(
            3, "--snapshot-count", "200", "--snapshot-catchup-entries", "50");
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
        await replacement.HasLoggedAsync("snapshot");
    }

    [Fact]
    public async Task Five_members_serve_while_one_or_two_are_gone()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(5);
        await using Clients clients = new(cluster);
        List<TimeSpan> outages = [];
        for (int round = 0; round < (IsLong ? 12 : 3); round++)
        {
            await clients.ServedAgainAsync();
            ClusterMember first = await cluster.LeaderAsync();
            ClusterMember? second = null;
            if (round % 3 == 1)
            {
                second = await cluster.FollowerAsync();
                second.Pause();
            }

            await first.KillAsync();
            outages.Add(await clients.ServedWithoutAsync(second ?? first));
            if (round % 3 == 2)
            {
                second = await cluster.LeaderAsync();
                await second.KillAsync();
                outages.Add(await clients.ServedWithoutAsync(second));
            }

            await cluster.RestartAsync(first);
            if (second is { IsRunning: true })
            {
                second.Resume();
            }
            else if (second is not null)
            {
                await cluster.RestartAsync(second);
            }

            await clients.CheckAsync();
        }

        await clients.StopAndCheckAsync();
        AssertShort(outages);
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
            await clients.CheckAsync();
        }

        await clients.StopAndCheckAsync();
        Assert.Equal(3, (await cluster.MembersAsync()).Count);
    }

    /// <summary>
    /// In the median service is back within twice the election timeout: raft waits from one to two of them before it elects. The
    /// few faults of a short run, beside other tests on a busy machine, are given more time; the long run is not.
    /// </summary>
    private static void AssertShort(List<TimeSpan> outages)
    {
        outages.Sort();
        TimeSpan median = outages[outages.Count / 2];
        TestContext.Current.TestOutputHelper?.WriteLine($"outages: {outages.Count}, median {median}, worst {outages[^1]}");
        Assert.True(median < ElectionTimeout * 2 + (IsLong ? TimeSpan.Zero : BusyMachine), $"the median outage was {median}");
    }
}
