using System.Diagnostics;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>
/// Processes that do not belong to a cluster try to be one of its members: they are refused with a message that names the reason,
/// and the others go on serving.
/// </summary>
public sealed class RefusedMemberTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_member_with_another_cluster_token_is_refused_by_the_others()
    {
        await using ProcessCluster cluster = ProcessCluster.Prepare(3);
        ClusterMember wrong = cluster.Members[2];
        cluster.Members[0].Start(cluster.InitialCluster, "new");
        cluster.Members[1].Start(cluster.InitialCluster, "new");
        wrong.Start(cluster.InitialCluster, "new", "--initial-cluster-token", "another");
        await Task.WhenAll(cluster.Members[0].ReadyAsync(), cluster.Members[1].ReadyAsync());
        await LoggedAsync(wrong, "cluster ID mismatch: the peer is of cluster [0-9a-f]+, this member of [0-9a-f]+");
        await AssertServesAsync(cluster, except: wrong);
        Assert.DoesNotContain(await MembersOfAsync(wrong), member => member.ClientURLs.Count > 0);
    }

    [Fact]
    public async Task A_member_on_the_data_of_another_cluster_is_refused_by_the_others()
    {
        await using ProcessCluster other = await ProcessCluster.NetcdAsync(1);
        await other.Members[0].Channel.PutAsync("theirs", "1");
        await other.Members[0].KillAsync();
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember member = await cluster.FollowerAsync();
        await member.KillAsync();
        member.Wipe();
        TemporaryFolder.Copy(other.Members[0].DataDirectory, member.DataDirectory);
        member.Start(cluster.InitialCluster, "existing");
        ClusterMember leader = await cluster.LeaderAsync(except: member);
        await LoggedAsync(leader, "cluster ID mismatch|failed to find local node");
        await AssertServesAsync(cluster, except: member);
        Assert.Empty((await leader.Channel.PrefixAsync("theirs")).Kvs);
    }

    [Fact]
    public async Task A_removed_member_ends_when_it_comes_back_whether_it_knew_or_not()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        string initial = cluster.InitialCluster;
        ClusterMember removed = await cluster.FollowerAsync();
        await removed.KillAsync();
        await cluster.RemoveAsync(removed);
        await using (removed)
        {
            // The removal is not in its own log: the others tell it.
            removed.Start(initial, "new");
            Assert.Equal(0, await removed.EndedAsync());
            Assert.Matches("\"msg\":\"server error\".*\"error\":\"the member has been permanently removed from the cluster\"", removed.Log);
            Assert.Contains("data-dir used by this member must be removed", removed.Log, StringComparison.Ordinal);
            await AssertServesAsync(cluster);
        }

        ClusterMember told = await cluster.LeaderAsync();
        await cluster.RemoveAsync(told);
        await using (told)
        {
            Assert.Equal(0, await told.EndedAsync());
            told.Start(initial, "new");
            AssertRefused(await told.EndedAsync(), told.Log, "the member has been permanently removed from the cluster");
            await cluster.LeaderAsync();
            await AssertServesAsync(cluster);
        }
    }

    [Fact]
    public async Task A_name_that_stands_twice_in_the_initial_cluster_is_refused()
    {
        await using ProcessCluster cluster = ProcessCluster.Prepare(3);
        ClusterMember first = cluster.Members[0];
        ClusterMember second = cluster.Members[1];
        string others = $"{cluster.Members[1].Name}={cluster.Members[1].PeerUrl},{cluster.Members[2].Name}={cluster.Members[2].PeerUrl}";

        // Its own name for two members: the URLs of both would be its own.
        first.Start($"{first.Name}={first.PeerUrl},{first.Name}={cluster.Members[1].PeerUrl}", "new");
        AssertRefused(await first.EndedAsync(), first.Log, "--initial-cluster has .* but missing from --initial-advertise-peer-urls");

        // One URL under two names.
        second.Start($"{first.Name}={second.PeerUrl},{others}", "new");
        AssertRefused(await second.EndedAsync(), second.Log, "has duplicate url");

        // A name that is not there.
        cluster.Members[2].Start($"{first.Name}={cluster.Members[2].PeerUrl}", "new");
        AssertRefused(await cluster.Members[2].EndedAsync(), cluster.Members[2].Log, "couldn't find local name \"m3\"");
    }

    [Fact]
    public async Task A_member_that_joins_is_refused_where_the_cluster_is_not_the_one_it_was_told()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(1);
        await using ClusterMember joining = cluster.NewMember(NetcdProgram.Path);
        string initial = $"{cluster.InitialCluster},{joining.Name}={joining.PeerUrl}";

        // Nobody has added it.
        joining.Start(initial, "existing");
        AssertRefused(await joining.EndedAsync(), joining.Log, "error validating peerURLs .*: member count is unequal");

        // Added with another URL.
        MemberAddRequest request = new() { IsLearner = true };
        request.PeerURLs.Add("http://127.0.0.1:1");
        await new Cluster.ClusterClient(cluster.Members[0].Channel).MemberAddAsync(request);
        await using ClusterMember elsewhere = cluster.NewMember(NetcdProgram.Path);
        elsewhere.Start($"{cluster.InitialCluster},{elsewhere.Name}={elsewhere.PeerUrl}", "existing");
        AssertRefused(
            await elsewhere.EndedAsync(),
            elsewhere.Log,
            @"unmatched member while checking PeerURLs: no match found for existing member \([0-9a-f]+, \[http://127.0.0.1:1\]\)");

        // Nobody answers.
        await using ClusterMember lonely = cluster.NewMember(NetcdProgram.Path);
        lonely.Start($"gone=http://127.0.0.1:1,{lonely.Name}={lonely.PeerUrl}", "existing");
        AssertRefused(await lonely.EndedAsync(), lonely.Log, "could not retrieve cluster information from the given URLs");
        await AssertServesAsync(cluster);
    }

    private static async Task AssertServesAsync(ProcessCluster cluster, ClusterMember? except = null)
    {
        foreach (ClusterMember member in cluster.Members.Where(member => member.IsRunning && member != except))
        {
            await member.Channel.PutAsync("served-by/" + member.Name, "1");
        }
    }

    private static async Task<IEnumerable<Member>> MembersOfAsync(ClusterMember member)
    {
        // It never becomes ready, and opens its port for what needs no quorum.
        await LoggedAsync(member, "serving client traffic");
        return (await new Cluster.ClusterClient(member.Channel).MemberListAsync(
            new MemberListRequest { Linearizable = false }, deadline: DateTime.UtcNow + Deadline)).Members;
    }

    private static async Task LoggedAsync(ClusterMember member, string pattern)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (!Regex.IsMatch(member.Log, pattern))
        {
            Assert.True(clock.Elapsed < Deadline, $"{member.Name} did not tell of {pattern}:\n{member.Log}");
            await Task.Delay(20);
        }
    }

    /// <summary>It ends with an error and one line that says what is wrong, with no trace of a crash.</summary>
    private static void AssertRefused(int exitCode, string log, string pattern)
    {
        Assert.True(exitCode != 0, log);
        Assert.Matches(pattern, log.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\u0022", "\"", StringComparison.Ordinal));
        Assert.DoesNotContain("Unhandled exception", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }
}
