using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Tests;

/// <summary>Stories with a beginning and an end, under the load of clients and all checkers; the seed decides the rest.</summary>
public sealed class ScenarioTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_member_that_fell_behind_the_log_gets_a_snapshot(ulong seed)
    {
        SimulationResult result = Play(seed, async cluster =>
        {
            SimulatedMember slow = await FollowerAsync(cluster);
            await FallBehindAsync(cluster, slow);
            await cluster.Time.Delay(5 * VirtualTime.Second);
            slow.Crash(CrashKind.Power);
            cluster.Start(slow);
        });
        Assert.True(result.SnapshotsDelivered > 0, $"seed {seed}: no snapshot was sent");
    }

    // Without regard to who is catching up, 10 was sent snapshots again and again. The others were sent one by a leader that dropped the
    // log
    // right after it had checked its quorum, when the slow one had not answered yet.
    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(48)]
    public void A_follower_that_is_slow_and_answers_is_sent_the_log(ulong seed)
    {
        SimulationResult result = Play(seed, async cluster =>
        {
            SimulatedMember slow = await FollowerAsync(cluster);
            SimulatedMember leader = await Runs.LeaderAsync(cluster);
            cluster.Network.Conditions.Slow(leader.Id, slow.Id, 400 * VirtualTime.Millisecond);
            cluster.Network.Conditions.LossPercent = 25;
            await cluster.Time.Delay(30 * VirtualTime.Second);
        }, laggingFollowerEntries: 5_000);
        Assert.True(result.SnapshotsDelivered == 0, $"seed {seed}: {result.SnapshotsDelivered} snapshots were sent");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_power_failure_while_a_snapshot_comes_in_leaves_a_member_that_starts(ulong seed)
    {
        SimulationResult result = Play(seed, async cluster =>
        {
            SimulationRandom random = cluster.Random.Branch("story");
            for (int round = 0; round < 6; round++)
            {
                SimulatedMember slow = await FollowerAsync(cluster);
                await FallBehindAsync(cluster, slow);
                slow.DiskFaults.CrashAfter(1 + random.Below(30), CrashKind.Power, static _ => true);
                await cluster.Time.Delay(3 * VirtualTime.Second);
            }
        });
        Assert.True(result.SnapshotsDelivered > 2, $"seed {seed}: hardly a snapshot was sent");
    }

    // Seed 218 of an earlier simulation: a second snapshot came in while the first was being installed.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(218)]
    public void A_leader_that_is_cut_off_answers_no_read_from_the_past(ulong seed)
    {
        SimulationResult result = Play(seed, async cluster =>
        {
            for (int round = 0; round < 12; round++)
            {
                SimulatedMember leader = await Runs.LeaderAsync(cluster);
                List<ulong> others = [.. cluster.Members.Where(member => member != leader).Select(member => member.Id)];
                Action there = cluster.Network.Conditions.CutOff([leader.Id], others);
                Action back = cluster.Network.Conditions.CutOff(others, [leader.Id]);
                await cluster.Time.Delay(3 * VirtualTime.Second);
                there();
                back();
                await cluster.Time.Delay(VirtualTime.Second);
            }
        });
        Assert.True(result.Elections > 5, $"seed {seed}: only {result.Elections} leaders were elected");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_leader_that_was_paused_answers_no_read_from_the_past(ulong seed)
    {
        SimulationResult result = Play(seed, async cluster =>
        {
            for (int round = 0; round < 8; round++)
            {
                SimulatedMember leader = await Runs.LeaderAsync(cluster);
                leader.Pause();
                await cluster.Time.Delay(4 * VirtualTime.Second);
                leader.Resume();
                await cluster.Time.Delay(VirtualTime.Second);
            }
        });
        Assert.True(result.Elections > 5, $"seed {seed}: only {result.Elections} leaders were elected");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_last_survivor_goes_on_alone_when_it_is_forced_to(ulong seed) => Play(seed, async cluster =>
    {
        await Runs.LeaderAsync(cluster);
        await cluster.Time.Delay(4 * VirtualTime.Second);
        await GoOnAloneAsync(cluster, lost: 2);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_last_survivor_goes_on_alone_where_there_was_a_learner(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember learner = cluster.NewJoiner();
        MemberChange joins = new(new Member(learner.Id, "", [learner.PeerUrl], [], IsLearner: true), IsPromotion: false);
        SimulatedMember leader = await Runs.LeaderAsync(cluster);
        while (leader.Node!.Members.Find(learner.Id) is null)
        {
            await Calls.ChangeAsync(cluster, leader, ConfChangeType.AddLearnerNode, learner.Id, joins, 5 * VirtualTime.Second);
            leader = await Runs.LeaderAsync(cluster);
        }

        cluster.Start(learner);
        await cluster.Time.Delay(4 * VirtualTime.Second);
        await GoOnAloneAsync(cluster, lost: 3);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Members_come_and_go_under_load(ulong seed)
    {
        SimulationResult result = Runs.Check(Runs.Of(seed, members: 3, virtualSeconds: 60, FaultKind.MemberChange));
        Assert.True(result.Faults["MemberChange"] > 3, $"seed {seed}: hardly a member came or went");
    }

    private static SimulationResult Play(ulong seed, Func<SimulatedCluster, Task> script, long? laggingFollowerEntries = null) =>
        Runs.Check(
            Runs.Of(seed, members: 3, virtualSeconds: 600) with { Script = script, LaggingFollowerEntries = laggingFollowerEntries });

    /// <summary>All members but the leader are lost for good, and it is forced to be a cluster of its own.</summary>
    private static async Task GoOnAloneAsync(SimulatedCluster cluster, int lost)
    {
        // As with etcd, what the survivor does not know as committed on its own disk is discarded: only what has been at rest is safe.
        cluster.AreClientsHeld = true;
        await cluster.Time.Delay(10 * VirtualTime.Second);
        SimulatedMember survivor = await Runs.LeaderAsync(cluster);
        Assert.Equal(lost + 1, survivor.Node!.Members.Members.Count);
        foreach (SimulatedMember member in cluster.Members.ToArray())
        {
            member.Crash(CrashKind.Power);
            if (member != survivor)
            {
                cluster.Forget(member);
            }
        }

        Assert.True(survivor.Start(isForced: true));
        cluster.AreClientsHeld = false;
        for (long end = cluster.Time.Now + (30 * VirtualTime.Second); survivor.Node!.Members.Members.Count > 1 && cluster.Time.Now < end;)
        {
            await cluster.Time.Delay(100 * VirtualTime.Millisecond);
        }

        Assert.Single(survivor.Node.Members.Members);
        Assert.Equal(survivor.Id, survivor.Node.Members.Members[0].Id);
        Assert.Equal(lost, survivor.Node.Members.Removed.Count);

        // It is a cluster like any other: it restarts without being forced.
        survivor.Crash(CrashKind.Power);
        cluster.Start(survivor);
    }

    private static async Task<SimulatedMember> FollowerAsync(SimulatedCluster cluster)
    {
        while (cluster.Members.Any(static member => !member.IsUp))
        {
            await cluster.Time.Delay(50 * VirtualTime.Millisecond);
        }

        SimulatedMember leader = await Runs.LeaderAsync(cluster);
        return cluster.Members.First(member => member != leader && member.IsUp);
    }

    /// <summary>Stops a member until the leader's log begins behind the end of its own, and starts it.</summary>
    private static async Task FallBehindAsync(SimulatedCluster cluster, SimulatedMember slow)
    {
        ulong last = slow.Node!.Raft.Core.Log.LastIndex;
        slow.StopCleanly();
        while (cluster.Leader is not { } leader || leader.Node!.Raft.Core.Log.FirstIndex <= last + 1)
        {
            await cluster.Time.Delay(100 * VirtualTime.Millisecond);
        }

        cluster.Start(slow);
    }
}
