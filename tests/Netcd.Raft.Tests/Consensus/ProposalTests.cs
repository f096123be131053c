using Netcd.Raft.Tests.Cluster;

namespace Netcd.Raft.Tests.Consensus;

public class ProposalTests
{
    [Fact]
    public void A_follower_forwards_proposals_to_the_leader()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        Assert.Equal(StepResult.Ok, cluster[2].Raft.Propose([TestCluster.Bytes("a"), TestCluster.Bytes("b")]));
        cluster.Settle();
        Assert.All(cluster.Members, member => Assert.Equal(["a", "b"], member.AppliedTexts));
        Assert.Single(cluster.Sent, message => message.Type == MessageType.Propose);
    }

    [Fact]
    public void A_follower_that_must_not_forward_drops_proposals()
    {
        TestCluster cluster = new(3, new MemberOptions { DisableProposalForwarding = true });
        cluster.Elect(1);
        Assert.Equal(StepResult.ProposalDropped, cluster[2].Raft.Propose(TestCluster.Bytes("a")));
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(TestCluster.Bytes("a")));
    }

    [Fact]
    public void Without_a_leader_proposals_are_dropped()
    {
        TestCluster cluster = new(3);
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose(TestCluster.Bytes("a")));
        cluster.Isolate(1);
        cluster[1].Raft.Campaign();
        cluster.Settle();
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose(TestCluster.Bytes("a")));
    }

    [Fact]
    public void Uncommitted_bytes_are_bounded_and_free_again_when_applied()
    {
        TestCluster cluster = new(3, new MemberOptions { MaxUncommittedEntriesSize = 100 });
        cluster.Elect(1);
        cluster.Isolate(1);
        byte[] data = new byte[40];
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(data));
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(data));
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose(data));
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(ReadOnlyMemory<byte>.Empty));
        cluster.Heal();
        cluster.TickAll(3);
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(data));
    }

    [Fact]
    public void A_follower_holds_no_more_uncommitted_bytes_than_the_bound_whoever_proposes()
    {
        const ulong Bound = 100;
        TestCluster cluster = new(5, new MemberOptions { MaxUncommittedEntriesSize = Bound });
        cluster.Elect(1);
        cluster.TickAll(2);
        cluster.Isolate(1, 2);
        for (int i = 0; i < 50; i++)
        {
            cluster[2].Raft.Propose(new byte[40]);
            cluster[1].Raft.Propose(new byte[40]);
            cluster.Settle();
        }

        foreach (ulong id in new ulong[] { 1, 2 })
        {
            RaftLog log = cluster[id].Raft.Core.Log;
            Assert.Equal(
                LogResult.Ok, log.Slice(log.Committed + 1, log.LastIndex + 1, EntrySizes.Unlimited, out ReadOnlyMemory<Entry> uncommitted));
            Assert.InRange(EntrySizes.Payload(uncommitted.Span), 80UL, Bound);

            // What is on the disk is held there alone.
            Assert.False(log.Unstable.HasEntries);
        }

        cluster.Heal();
        cluster.TickAll(3);
        Assert.Equal(cluster[1].LastIndex, cluster[2].Commit);
    }

    [Fact]
    public void One_proposal_larger_than_the_bound_is_taken_when_nothing_is_uncommitted()
    {
        TestCluster cluster = new(1, new MemberOptions { MaxUncommittedEntriesSize = 10 });
        cluster.Elect(1);
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(new byte[1000]));
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose(new byte[1]));
        cluster.Settle();
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(new byte[1]));
    }

    [Fact]
    public void A_batch_is_taken_as_a_whole_or_not_at_all()
    {
        TestCluster cluster = new(1, new MemberOptions { MaxUncommittedEntriesSize = 100 });
        cluster.Elect(1);
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Propose(new byte[50]));
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose([new byte[40], new byte[40]]));
        cluster.Settle();
        Assert.Single(cluster[1].AppliedTexts);
    }

    [Fact]
    public void What_only_the_node_itself_may_send_is_refused_from_others()
    {
        TestCluster cluster = new(3);
        foreach (MessageType type in new[] { MessageType.Hup, MessageType.Beat, MessageType.CheckQuorum,
            MessageType.StorageAppendResponse, MessageType.StorageApplyResponse })
        {
            Assert.Equal(StepResult.LocalMessageRefused, cluster[1].Raft.Step(new Message { Type = type, From = 2, To = 1, Term = 1 }));
        }
    }

    [Fact]
    public void A_response_from_a_stranger_is_refused()
    {
        TestCluster cluster = new(3);
        Assert.Equal(
            StepResult.UnknownPeer, cluster[1].Raft.Step(new Message { Type = MessageType.AppendResponse, From = 9, To = 1, Term = 1 }));
    }

    [Fact]
    public void A_message_of_an_unknown_type_is_ignored()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        foreach (ulong id in new ulong[] { 1, 2 })
        {
            Assert.Equal(StepResult.Ok, cluster[id].Raft.Step(new Message { Type = (MessageType)77, From = 3, To = id, Term = 2 }));
        }
    }

    [Fact]
    public void A_configuration_change_that_cannot_be_read_never_enters_the_log()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        foreach ((EntryType type, string data) in new[]
        {
            (EntryType.ConfChange, "0a"), (EntryType.ConfChangeV2, "12ff"),
            (EntryType.ConfChange, "100718011801"), (EntryType.ConfChangeV2, "0809"),
            ((EntryType)9, ""),
        })
        {
            Entry[] entries = [new(type, 0, 0, Convert.FromHexString(data))];
            Assert.Equal(
                StepResult.ProposalDropped,
                cluster[1].Raft.Step(new Message { Type = MessageType.Propose, From = 2, To = 1, Entries = entries }));
        }

        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Step(new Message { Type = MessageType.Propose, From = 2, To = 1 }));
        cluster.Settle();
        Assert.Equal(4UL, cluster[1].LastIndex);
    }

    [Fact]
    public void A_configuration_that_breaks_a_rule_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new RaftNode(Config(id: 0)));
        Assert.Throws<ArgumentException>(() => new RaftNode(Config(id: NodeId.ApplyStorage)));
        Assert.Throws<ArgumentException>(() => new RaftNode(Config(election: 1)));
        Assert.Throws<ArgumentException>(() => new RaftNode(Config(heartbeat: 0)));
        Assert.Throws<ArgumentException>(() => new RaftNode(Config(reads: ReadOnlyOption.LeaseBased)));
        Assert.Equal(1UL, new RaftNode(Config()).Id);
    }

    private static RaftConfig Config(
        ulong id = 1, int election = 10, int heartbeat = 1, ReadOnlyOption reads = ReadOnlyOption.Safe) => new()
        {
            Id = id,
            ElectionTick = election,
            HeartbeatTick = heartbeat,
            Storage = new MemoryLogStorage(),
            Random = new SeededGenerator(1).Next,
            ReadOnlyOption = reads,
        };
}
