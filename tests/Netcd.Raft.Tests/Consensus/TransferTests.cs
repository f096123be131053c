using Netcd.Raft.Tests.Cluster;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>Leadership transfer: section 3.10 of the thesis.</summary>
public class TransferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Leadership_goes_to_whom_it_shall_whoever_is_asked(ulong asked)
    {
        TestCluster cluster = new(3, new MemberOptions { PreVote = true, CheckQuorum = true });
        cluster.Elect(1);
        cluster[asked].Raft.TransferLeader(2);
        cluster.Settle();
        Assert.True(cluster[2].IsLeader);
        Assert.All(cluster.Members, member => Assert.Equal(2UL, member.Leader));
    }

    [Fact]
    public void A_target_that_lags_catches_up_first()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        for (int i = 0; i < 20; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        cluster[1].Raft.ReportUnreachable(3);
        cluster.Heal();
        cluster[1].Raft.TransferLeader(3);
        cluster.TickAll(2);
        Assert.True(cluster[3].IsLeader);
        Assert.Equal(20, cluster[3].AppliedTexts.Count);
    }

    [Fact]
    public void A_target_that_needs_a_snapshot_gets_it_and_leads()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        for (int i = 0; i < 20; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        cluster[1].Compact(0);
        cluster[1].Raft.ReportUnreachable(3);
        cluster.Heal();
        cluster[1].Raft.TransferLeader(3);
        cluster.TickAll(3);
        Assert.True(cluster[3].IsLeader);
    }

    [Fact]
    public void Meanwhile_proposals_are_refused_and_after_a_timeout_taken_again()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster[1].Raft.TransferLeader(3);
        Assert.Equal(3UL, cluster[1].Raft.BasicStatus.LeadTransferee);
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose(TestCluster.Bytes("x")));
        cluster.Tick(1, 10);
        Assert.Equal(NodeId.None, cluster[1].Raft.BasicStatus.LeadTransferee);
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(TestCluster.Bytes("x")));
    }

    [Fact]
    public void A_later_transfer_replaces_the_earlier()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster[1].Raft.TransferLeader(3);
        cluster[1].Raft.TransferLeader(2);
        cluster.Settle();
        Assert.True(cluster[2].IsLeader);
    }

    [Fact]
    public void To_itself_to_a_learner_or_to_a_stranger_nothing_is_transferred()
    {
        TestCluster cluster = new(2, outsiders: 1);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.Auto, new ConfChangeSingle(ConfChangeType.AddLearnerNode, 3));
        foreach (ulong target in new ulong[] { 1, 3, 9 })
        {
            cluster[1].Raft.TransferLeader(target);
            cluster.Settle();
            Assert.True(cluster[1].IsLeader);
            Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(TestCluster.Bytes("x")));
        }
    }

    [Fact]
    public void A_target_removed_meanwhile_ends_the_transfer()
    {
        TestCluster cluster = new(4);
        cluster.Elect(1);
        cluster.Isolate(4);
        cluster[1].Raft.ProposeConfChange(new ConfChange { Type = ConfChangeType.RemoveNode, NodeId = 4 });
        cluster[1].Raft.TransferLeader(4);
        Assert.Equal(4UL, cluster[1].Raft.BasicStatus.LeadTransferee);
        cluster.Settle();
        Assert.Equal(NodeId.None, cluster[1].Raft.BasicStatus.LeadTransferee);
    }
}
