using System.Globalization;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Cluster;

/// <summary>Clusters of whole engines under lost, late and repeated messages, cut connections and power failures.</summary>
public sealed class ClusterTests
{
    /// <summary>The seeds of a run; <c>NETCD_SEEDS=N</c> runs N times as many.</summary>
    public static TheoryData<int> Seeds(int count)
    {
        int times = int.TryParse(Environment.GetEnvironmentVariable("NETCD_SEEDS"), CultureInfo.InvariantCulture, out int given) ? given : 1;
        return [.. Enumerable.Range(1, count * times)];
    }

    [Theory]
    [MemberData(nameof(Seeds), 6)]
    public void Nothing_acknowledged_is_lost_while_messages_are_lost_and_members_lose_power(int seed)
    {
        using SimulatedCluster cluster = new(seed, members: 3);
        ClusterWorkload clients = new(cluster, seed);
        Random faults = new(seed * 31);
        cluster.RunUntil(() => cluster.Leader is not null, "the first leader");
        for (int round = 0; round < 60; round++)
        {
            Disturb(cluster, faults);
            for (int i = 0; i < 12; i++)
            {
                clients.Act();
                cluster.Run(faults.Next(250));
            }
        }

        cluster.Settle();
        clients.CheckAllIsThere();
        Assert.True(clients.Acknowledged > 50, $"only {clients.Acknowledged} puts were acknowledged: {cluster.Where}");
        Assert.True(clients.ReadsAnswered > 20, $"only {clients.ReadsAnswered} reads were answered: {cluster.Where}");
    }

    [Theory]
    [MemberData(nameof(Seeds), 3)]
    public void A_member_that_fell_behind_the_log_gets_a_snapshot(int seed)
    {
        using SimulatedCluster cluster = new(seed, members: 3);
        ClusterWorkload clients = new(cluster, seed);
        cluster.RunUntil(() => cluster.Leader is not null, "the first leader");
        SimulatedMember slow = cluster.Members.First(member => member != cluster.Leader);
        slow.Stop();
        for (int i = 0; i < 300; i++)
        {
            clients.Act();
            cluster.Run(120);
        }

        slow.Start();
        for (int i = 0; i < 60; i++)
        {
            clients.Act();
            cluster.Run(120);
        }

        cluster.Settle();
        clients.CheckAllIsThere();
        Assert.True(cluster.Network.SnapshotsDelivered > 0, $"no snapshot was sent: {cluster.Where}");
        slow.Crash(new Random(seed));
        cluster.Settle();
        clients.CheckAllIsThere();
    }

    [Theory]
    [MemberData(nameof(Seeds), 4)]
    public void A_power_failure_while_a_snapshot_comes_in_leaves_a_member_that_starts(int seed)
    {
        using SimulatedCluster cluster = new(seed, members: 3);
        ClusterWorkload clients = new(cluster, seed);
        Random faults = new(seed);
        cluster.RunUntil(() => cluster.Leader is not null, "the first leader");
        for (int round = 0; round < 8; round++)
        {
            cluster.RunUntil(() => cluster.Leader is not null, "a leader");
            SimulatedMember slow = cluster.Members.First(member => member != cluster.Leader);
            slow.Stop();
            for (int i = 0; i < 120; i++)
            {
                clients.Act();
                cluster.Run(80);
            }

            int before = cluster.Network.SnapshotsDelivered;
            slow.Start();
            for (int i = 0; i < 20_000 && cluster.Network.SnapshotsDelivered == before; i++)
            {
                cluster.StepOne();
            }

            cluster.Run(faults.Next(150));
            slow.Crash(faults);
            slow.Start();
        }

        Assert.True(cluster.Network.SnapshotsDelivered > 3, $"hardly a snapshot was sent: {cluster.Where}");
        cluster.Settle();
        clients.CheckAllIsThere();
    }

    [Theory]
    [MemberData(nameof(Seeds), 4)]
    public void Members_come_and_go_under_load(int seed)
    {
        using SimulatedCluster cluster = new(seed, members: 3);
        ClusterWorkload clients = new(cluster, seed);
        for (int round = 0; round < 5; round++)
        {
            SimulatedMember joined = cluster.Join(asLearner: true);
            Load(cluster, clients);
            Member learner = cluster.Leader!.Node!.Members.Find(joined.Id)!;
            cluster.Change(ConfChangeType.AddNode, joined.Id, new MemberChange(learner, IsPromotion: true));
            Load(cluster, clients);
            cluster.RunUntil(() => cluster.Leader is not null, "a leader");
            SimulatedMember leaving = round % 2 == 0 ? cluster.Leader! : cluster.Members.First(member => member.Node is not null && member != joined);
            cluster.Change(ConfChangeType.RemoveNode, leaving.Id, null);
            Load(cluster, clients);
            leaving.Stop();
            cluster.Members.Remove(leaving);
        }

        cluster.Settle();
        clients.CheckAllIsThere();
        Assert.Equal(3, cluster.Leader!.Node!.Members.Members.Count);
        Assert.All(cluster.Leader.Node.Members.Members, member => Assert.False(member.IsLearner));
    }

    [Theory]
    [MemberData(nameof(Seeds), 4)]
    public void The_last_survivor_goes_on_alone_when_it_is_forced_to(int seed)
    {
        using SimulatedCluster cluster = new(seed, members: 3);
        ClusterWorkload clients = new(cluster, seed);
        cluster.RunUntil(() => cluster.Leader is not null, "the first leader");
        Load(cluster, clients);
        cluster.Settle();
        SimulatedMember survivor = cluster.Members[seed % 3];
        foreach (SimulatedMember member in cluster.Members.ToArray())
        {
            member.Crash(new Random(seed));
            if (member != survivor)
            {
                cluster.Members.Remove(member);
            }
        }

        survivor.Start(isForced: true);
        cluster.RunUntil(() => survivor.Node!.IsLeader, "the survivor's election");
        Load(cluster, clients);
        clients.CheckAllIsThere();
        cluster.RunUntil(() => survivor.Node!.Members.Members.Count == 1, "the removal of the others");
        Assert.Equal(survivor.Id, survivor.Node!.Members.Members[0].Id);
        Assert.Equal(2, survivor.Node.Members.Removed.Count);

        // It is a cluster like any other: it restarts without being forced, and grows.
        survivor.Crash(new Random(seed + 1));
        survivor.Start();
        cluster.Join(asLearner: false);
        Load(cluster, clients);
        cluster.Settle();
        clients.CheckAllIsThere();
    }

    // Seed 218: a second snapshot comes in while the first is being installed; its entries count as applied only with its own.
    [Theory]
    [MemberData(nameof(Seeds), 4)]
    [InlineData(218)]
    public void A_leader_that_is_cut_off_answers_no_read_from_the_past(int seed)
    {
        using SimulatedCluster cluster = new(seed, members: 3);
        ClusterWorkload clients = new(cluster, seed);
        for (int round = 0; round < 12; round++)
        {
            cluster.RunUntil(() => cluster.Leader is not null, "a leader");
            cluster.Network.Isolate(cluster.Leader!.Id);
            for (int i = 0; i < 120; i++)
            {
                clients.Act();
                cluster.Run(30);
            }

            cluster.Network.Heal();
        }

        cluster.Settle();
        clients.CheckAllIsThere();
        Assert.True(clients.ReadsAnswered > 100, $"only {clients.ReadsAnswered} reads were answered: {cluster.Where}");
    }

    private static void Load(SimulatedCluster cluster, ClusterWorkload clients)
    {
        for (int i = 0; i < 30; i++)
        {
            clients.Act();
            cluster.Run(120);
        }

        cluster.RunUntil(() => cluster.Leader is not null, "a leader");
    }

    private static void Disturb(SimulatedCluster cluster, Random faults)
    {
        switch (faults.Next(7))
        {
            case 0:
                cluster.Network.LossPercent = faults.Next(30);
                cluster.Network.DuplicatePercent = faults.Next(20);
                break;
            case 1:
                ulong from = cluster.Members[faults.Next(3)].Id;
                cluster.Network.Cut(from, cluster.Members[faults.Next(3)].Id);
                break;
            case 2 when cluster.Leader is { } leader:
                cluster.Network.Isolate(leader.Id);
                break;
            case 3:
                SimulatedMember victim = cluster.Members[faults.Next(3)];
                if (victim.Node is not null)
                {
                    victim.Crash(faults);
                }

                break;
            case 4:
                cluster.Network.Heal();
                cluster.Network.LossPercent = 0;
                break;
            default:
                foreach (SimulatedMember member in cluster.Members.Where(member => member.Node is null))
                {
                    member.Start();
                }

                break;
        }
    }
}
