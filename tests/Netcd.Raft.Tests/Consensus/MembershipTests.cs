using Netcd.Raft.Tests.Cluster;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>Changes of the membership: chapter 4 of the thesis.</summary>
public class MembershipTests
{
    [Fact]
    public void A_member_added_catches_up_and_votes()
    {
        TestCluster cluster = new(1, outsiders: 1);
        cluster.Elect(1);
        cluster.Propose(1, "before");
        cluster.Change(1, ConfChangeTransition.Auto, Add(2));
        cluster.TickAll(2);
        Assert.Equal(["before"], cluster[2].AppliedTexts);
        cluster[2].Crash();
        cluster.Propose(1, "needs both");
        Assert.Single(cluster[1].AppliedTexts);
        cluster[2].Restart();
        cluster.TickAll(3);
        Assert.Equal(["before", "needs both"], cluster[2].AppliedTexts);
    }

    [Fact]
    public void Only_one_change_at_a_time_is_taken_the_other_becomes_an_empty_entry()
    {
        TestCluster cluster = new(3, outsiders: 2);
        cluster.Elect(1);
        cluster[1].Raft.ProposeConfChange(new ConfChange { Type = ConfChangeType.AddNode, NodeId = 4 });
        Assert.Equal(StepResult.Ok, cluster[1].Raft.ProposeConfChange(new ConfChange { Type = ConfChangeType.AddNode, NodeId = 5 }));
        cluster.TickAll(3);
        Assert.Equal([1, 2, 3, 4], cluster[1].ConfState.Voters);
        Assert.Equal(EntryType.Normal, cluster[1].DurableEntries()[^1].Type);
        cluster.Change(1, ConfChangeTransition.Auto, Add(5));
        Assert.Equal([1, 2, 3, 4, 5], cluster[1].ConfState.Voters);
    }

    [Fact]
    public void A_joint_configuration_decides_by_both_majorities()
    {
        TestCluster cluster = new(3, outsiders: 2);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.JointExplicit, Remove(2), Remove(3), Add(4), Add(5));
        cluster.TickAll(3);
        Assert.Equal("Voters:[1 4 5] VotersOutgoing:[1 2 3] Learners:[] LearnersNext:[] AutoLeave:false", cluster[1].ConfState.ToString());

        cluster.Isolate(4, 5);
        cluster.Propose(1, "old majority alone");
        Assert.Empty(cluster[1].AppliedTexts);
        cluster.Isolate(2, 3);
        cluster.TickAll(3);
        cluster.Propose(1, "new majority alone");
        // The first is with both majorities by now, if never with both at once; the second is not.
        Assert.Equal(["old majority alone"], cluster[1].AppliedTexts);
        cluster.Isolate(3, 5);
        cluster.TickAll(3);
        Assert.Equal(["old majority alone", "new majority alone"], cluster[1].AppliedTexts);
    }

    [Fact]
    public void An_election_in_a_joint_configuration_needs_both_majorities()
    {
        TestCluster cluster = new(3, outsiders: 2);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.JointExplicit, Remove(2), Remove(3), Add(4), Add(5));
        cluster.TickAll(3);
        cluster.Isolate(4, 5);
        cluster[1].Crash();
        cluster[1].Restart();
        cluster[1].Raft.Campaign();
        cluster.Settle();
        Assert.False(cluster[1].IsLeader);
        cluster.Isolate(5);
        cluster.Elect(1);
    }

    [Fact]
    public void An_explicit_joint_configuration_stays_until_it_is_left()
    {
        TestCluster cluster = new(3, outsiders: 1);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.JointExplicit, Add(4));
        cluster.TickAll(5);
        Assert.NotEmpty(cluster[1].ConfState.VotersOutgoing);
        cluster.Change(1, ConfChangeTransition.Auto, Remove(4));
        Assert.NotEmpty(cluster[1].ConfState.VotersOutgoing);
        cluster.Change(1, ConfChangeTransition.Auto);
        cluster.TickAll(2);
        Assert.All(cluster.Members, member => Assert.Empty(member.ConfState.VotersOutgoing));
        Assert.Equal([1, 2, 3, 4], cluster[4].ConfState.Voters);
    }

    [Fact]
    public void An_implicit_joint_configuration_is_left_by_the_next_leader_if_the_first_falls()
    {
        TestCluster cluster = new(3, outsiders: 1);
        cluster.Elect(1);
        // Everything up to the change itself commits; the entry that leaves the joint configuration is lost with the leader.
        cluster.Loses = message => message.Type == MessageType.Append
            && message.Entries.ToArray().Any(entry => entry is { Type: EntryType.ConfChangeV2, Data.IsEmpty: true });
        cluster.Change(1, ConfChangeTransition.JointImplicit, Remove(3), Add(4));
        cluster.TickAll(2);
        Assert.NotEmpty(cluster[2].ConfState.VotersOutgoing);
        cluster[1].Crash();
        cluster.Heal();
        cluster.Elect(2);
        cluster.TickAll(3);
        Assert.Empty(cluster[2].ConfState.VotersOutgoing);
        Assert.Equal([1, 2, 4], cluster[2].ConfState.Voters);
    }

    [Fact]
    public void A_voter_demoted_keeps_its_vote_until_the_joint_configuration_is_left()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.JointExplicit, new ConfChangeSingle(ConfChangeType.AddLearnerNode, 3));
        Assert.Equal([3], cluster[1].ConfState.LearnersNext);
        Assert.Empty(cluster[1].ConfState.Learners);
        cluster.Change(1, ConfChangeTransition.Auto);
        Assert.Equal([3], cluster[1].ConfState.Learners);
        cluster.Propose(1, "to the learner as well");
        Assert.Equal(["to the learner as well"], cluster[3].AppliedTexts);
    }

    [Fact]
    public void A_learner_receives_everything_counts_for_nothing_and_never_campaigns()
    {
        TestCluster cluster = new(3, outsiders: 1);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.Auto, new ConfChangeSingle(ConfChangeType.AddLearnerNode, 4));
        cluster.TickAll(2);
        cluster.Isolate(2, 3);
        cluster.Propose(1, "leader and learner are no quorum");
        Assert.Empty(cluster[1].AppliedTexts);
        cluster.Isolate(4);
        cluster.Tick(4, 100);
        Assert.Equal(RaftRole.Follower, cluster[4].Raft.BasicStatus.SoftState.Role);
        Assert.Equal(2UL, cluster[4].Term);
    }

    [Fact]
    public void A_learner_promoted_votes()
    {
        TestCluster cluster = new(1, outsiders: 1);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.Auto, new ConfChangeSingle(ConfChangeType.AddLearnerNode, 2));
        cluster.Change(1, ConfChangeTransition.Auto, Add(2));
        cluster.TickAll(2);
        cluster[1].Raft.TransferLeader(2);
        cluster.Settle();
        Assert.True(cluster[2].IsLeader);
    }

    [Fact]
    public void A_leader_that_removes_itself_steps_down_once_that_is_committed()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.Auto, Remove(1));
        Assert.False(cluster[1].IsLeader);
        cluster.Elect(2);
        cluster.Propose(2, "without 1");
        Assert.Equal([2, 3], cluster[2].ConfState.Voters);
        Assert.Empty(cluster[1].AppliedTexts);
    }

    [Fact]
    public void A_snapshot_in_the_middle_of_a_joint_configuration_carries_it()
    {
        TestCluster cluster = new(3, outsiders: 1);
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster.Change(1, ConfChangeTransition.JointExplicit, Add(4), Remove(2));
        for (int i = 0; i < 5; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        cluster[1].Compact(0);
        cluster[1].Raft.ReportUnreachable(3);
        cluster.Heal();
        cluster.TickAll(5);
        Assert.Equal([1, 3, 4], cluster[3].Raft.Status().Configuration.Voters);
        Assert.Equal([1, 2, 3], cluster[3].Raft.Status().Configuration.VotersOutgoing);
        cluster.Change(1, ConfChangeTransition.Auto);
        cluster.TickAll(2);
        Assert.Equal(cluster[1].StateHash, cluster[3].StateHash);
        Assert.Empty(cluster[3].ConfState.VotersOutgoing);
    }

    [Fact]
    public void A_change_that_contradicts_the_configuration_stops_the_node()
    {
        TestCluster cluster = new(1);
        Assert.Throws<RaftInvariantException>(
            () => cluster[1].Raft.ApplyConfChange(new ConfChange { Type = ConfChangeType.RemoveNode, NodeId = 1 }));
        Assert.Throws<RaftInvariantException>(() => cluster[1].Raft.ApplyConfChange(new ConfChangeV2()));
    }

    [Fact]
    public void Only_an_empty_log_is_bootstrapped_and_with_at_least_one_peer()
    {
        TestCluster cluster = new(1, outsiders: 1);
        Assert.Throws<InvalidOperationException>(() => cluster[1].Raft.Bootstrap(new Peer(1)));
        Assert.Throws<ArgumentException>(() => cluster[2].Raft.Bootstrap());
    }

    private static ConfChangeSingle Add(ulong id) => new(ConfChangeType.AddNode, id);

    private static ConfChangeSingle Remove(ulong id) => new(ConfChangeType.RemoveNode, id);
}
