using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Metrics;

/// <summary>What members count of one another, beside etcd's.</summary>
public sealed class ClusterMetricsTests
{
    /// <summary>Few enough that a member which joins later needs a snapshot.</summary>
    private static readonly string[] Flags =
        ["--snapshot-count", "20", "--experimental-snapshot-catchup-entries", "5", "--metrics", "extensive"];

    [Fact]
    public async Task Members_that_come_as_learners_by_a_snapshot_are_counted_as_etcd_counts_them()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        (Scrape Leader, Scrape Joined)[] pages = [await GrowAsync(etcd), await GrowAsync(NetcdProgram.Path)];
        (Scrape expectedLeader, Scrape expectedJoined) = pages[0];
        (Scrape leader, Scrape joined) = pages[1];
        Assert.Empty(MetricFamilyTests.Differences(expectedLeader, leader));
        Assert.Empty(MetricFamilyTests.Differences(expectedJoined, joined));

        foreach (string counted in (string[])["etcd_server_learner_promote_successes", "etcd_server_is_leader", "etcd_server_is_learner"])
        {
            Assert.Equal((counted, expectedLeader[counted]), (counted, leader[counted]));
            Assert.Equal((counted, expectedJoined[counted]), (counted, joined[counted]));
        }

        foreach ((Scrape expected, Scrape actual, string family) in (IEnumerable<(Scrape, Scrape, string)>)
            [(expectedLeader, leader, "etcd_network_snapshot_send_success"),
                (expectedJoined, joined, "etcd_network_snapshot_receive_success")])
        {
            Assert.Equal((family, Sum(expected, family)), (family, Sum(actual, family)));
        }

        // A member that joins knows the others as "remotes" until it has them from the log. etcd counts one that it has sent something to
        // by then twice; mostly it has not.
        const string active = "etcd_network_active_peers";
        Assert.All((Scrape[])[expectedLeader, expectedJoined], static page => Assert.InRange(Sum(page, active), 2, 4));
        Assert.All((Scrape[])[leader, joined], static page => Assert.Equal(2, Sum(page, active)));
    }

    /// <summary>The sum over a family's series: members have other ids in the two clusters.</summary>
    private static double Sum(Scrape page, string family) =>
        page.Families.GetValueOrDefault(family)?.Series.Sum(static one => one.Value) ?? 0;

    private static async Task<(Scrape Leader, Scrape Joined)> GrowAsync(string program)
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([program, program], Flags);
        for (int number = 0; number < 70; number++)
        {
            await cluster.Members[1].Channel.PutAsync($"grown/{number}", new string('x', 100));
        }

        ClusterMember joined = await cluster.AddAsync(program, asLearner: true);
        await cluster.PromoteAsync(joined);
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(joined.Endpoint))["etcd_server_is_learner"] == 0);
        await joined.Channel.PutAsync("grown", "by the new one");
        ClusterMember leader = await cluster.LeaderAsync();
        const string rounds = "etcd_network_peer_round_trip_time_seconds";
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(joined.Endpoint)).Families.GetValueOrDefault(rounds)?.Series.Count > 0);
        return (await Scrape.OfAsync(leader.Endpoint), await Scrape.OfAsync(joined.Endpoint));
    }
}
