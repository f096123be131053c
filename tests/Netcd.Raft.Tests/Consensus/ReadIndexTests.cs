using Netcd.Raft.Tests.Cluster;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>Linearizable reads: section 6.4 of the thesis.</summary>
public class ReadIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_read_asked_anywhere_names_the_commit_index_of_its_time(ulong reader)
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Propose(1, "x");
        ulong commit = cluster[1].Commit;
        cluster[reader].Raft.ReadIndex(new byte[] { 9 });
        cluster.Settle();
        ReadState read = Assert.Single(cluster[reader].Reads);
        Assert.Equal((commit, 9), (read.Index, read.Context.Span[0]));
    }

    [Fact]
    public void A_leader_without_quorum_confirms_no_read()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(1);
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster.Tick(1, 5);
        Assert.Empty(cluster[1].Reads);
        cluster.Heal();
        cluster.TickAll(2);
        Assert.Single(cluster[1].Reads);
    }

    [Fact]
    public void A_deposed_leader_confirms_no_read_ever()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(1);
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster.Settle();
        cluster.Elect(2);
        cluster.Propose(2, "unknown to 1");
        cluster.Heal();
        cluster.TickAll(10);
        Assert.Empty(cluster[1].Reads);
    }

    [Fact]
    public void A_new_leader_answers_only_after_it_committed_in_its_own_term()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Propose(1, "x");
        cluster.Loses = message => message.Type is MessageType.AppendResponse;
        cluster[2].Raft.Campaign();
        cluster.Settle();
        Assert.True(cluster[2].IsLeader);
        cluster[2].Raft.ReadIndex(new byte[] { 1 });
        cluster.Tick(2, 3);
        Assert.Empty(cluster[2].Reads);
        cluster.Heal();
        cluster.TickAll(3);
        ReadState read = Assert.Single(cluster[2].Reads);
        Assert.True(read.Index >= 6, "the entry that opened the term is committed");
    }

    [Fact]
    public void An_echo_of_another_terms_heartbeat_does_not_hurry_a_new_leader()
    {
        TestCluster cluster = new(3, new MemberOptions { SharedReadRounds = true });
        cluster.Elect(1);
        cluster.Loses = message => message.Type is MessageType.AppendResponse;
        cluster[2].Raft.Campaign();
        cluster.Settle();
        cluster[2].Raft.ReadIndex(new byte[] { 1 });
        cluster[2].Raft.Step(new Message
        {
            Type = MessageType.HeartbeatResponse,
            From = 3,
            To = 2,
            Term = cluster[2].Term,
            Context = new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 },
        });
        cluster.Tick(2, 3);
        Assert.Empty(cluster[2].Reads);
    }

    [Fact]
    public void One_round_confirms_all_reads_that_wait()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        for (byte i = 1; i <= 10; i++)
        {
            cluster[1].Raft.ReadIndex(new[] { i });
        }

        cluster.Work(cluster[1]);
        // Only the heartbeat of the last read comes through, to one follower.
        Message last = cluster.InFlight.Last(message => message.Type == MessageType.Heartbeat);
        cluster.InFlight.Clear();
        cluster.Deliver(last);
        cluster.Settle();
        Assert.Equal(Enumerable.Range(1, 10), cluster[1].Reads.Select(read => (int)read.Context.Span[0]));
    }

    [Fact]
    public void Reads_that_come_in_during_a_round_share_the_next_one()
    {
        TestCluster cluster = new(3, new MemberOptions { SharedReadRounds = true });
        cluster.Elect(1);
        cluster.Sent.Clear();
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster.Work(cluster[1]);
        cluster[1].Raft.ReadIndex(new byte[] { 2 });
        cluster[2].Raft.ReadIndex(new byte[] { 3 });
        cluster[3].Raft.ReadIndex(new byte[] { 4 });
        cluster[1].Raft.ReadIndex(new byte[] { 5 });
        cluster.Settle();
        Assert.Equal([1, 2, 5], cluster[1].Reads.Select(static read => read.Context.Span[0]));
        Assert.Equal(3, Assert.Single(cluster[2].Reads).Context.Span[0]);
        Assert.Equal(4, Assert.Single(cluster[3].Reads).Context.Span[0]);
        Assert.Equal(2 * 2, cluster.Sent.Count(static message => message.Type == MessageType.Heartbeat));
    }

    [Fact]
    public void A_read_that_waited_for_a_round_sees_what_was_committed_before_it_was_asked()
    {
        TestCluster cluster = new(3, new MemberOptions { SharedReadRounds = true });
        cluster.Elect(1);
        cluster.Loses = static message => message.Type is MessageType.HeartbeatResponse;
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster.Settle();
        cluster.Propose(1, "x");
        ulong commit = cluster[1].Commit;
        cluster[1].Raft.ReadIndex(new byte[] { 2 });
        cluster.Settle();
        Assert.Empty(cluster[1].Reads);
        cluster.Heal();
        cluster.Tick(1, 1);
        Assert.Equal([1, 2], cluster[1].Reads.Select(static read => read.Context.Span[0]));
        Assert.True(cluster[1].Reads[1].Index >= commit);
    }

    [Fact]
    public void A_commit_during_a_round_begins_no_other_one()
    {
        TestCluster cluster = new(3, new MemberOptions { SharedReadRounds = true });
        cluster.Elect(1);
        cluster.Loses = static message => message.Type is MessageType.HeartbeatResponse;
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster[1].Raft.ReadIndex(new byte[] { 2 });
        cluster.Settle();
        cluster.Sent.Clear();
        cluster.Propose(1, "x");
        Assert.DoesNotContain(cluster.Sent, static message => message.Type == MessageType.Heartbeat);
    }

    [Fact]
    public void An_echo_of_what_was_never_sent_confirms_nothing()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(1);
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        foreach (byte[] context in new[] { new byte[] { 1 }, [255, 255, 255, 255, 255, 255, 255, 255], [2, 0, 0, 0, 0, 0, 0, 0] })
        {
            cluster[1].Raft.Step(new Message { Type = MessageType.HeartbeatResponse, From = 2, To = 1, Term = 2, Context = context });
        }

        cluster.Settle();
        Assert.Empty(cluster[1].Reads);
    }

    [Fact]
    public void With_a_lease_the_leader_answers_without_asking()
    {
        TestCluster cluster = new(3, new MemberOptions { CheckQuorum = true, ReadOnlyOption = ReadOnlyOption.LeaseBased });
        cluster.Elect(1);
        cluster.Sent.Clear();
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster.Work(cluster[1]);
        Assert.Single(cluster[1].Reads);
        Assert.Empty(cluster.Sent);
    }

    [Fact]
    public void Learners_do_not_confirm_reads()
    {
        TestCluster cluster = new(2, outsiders: 1);
        cluster.Elect(1);
        cluster.Change(1, ConfChangeTransition.Auto, new ConfChangeSingle(ConfChangeType.AddLearnerNode, 3));
        cluster.TickAll(2);
        cluster.Isolate(2);
        cluster[1].Raft.ReadIndex(new byte[] { 1 });
        cluster.Tick(1, 3);
        Assert.Empty(cluster[1].Reads);
        cluster.Heal();
        cluster.Tick(1, 1);
        Assert.Single(cluster[1].Reads);
    }

    [Fact]
    public void A_malformed_request_of_a_peer_is_ignored()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        Assert.Equal(StepResult.Ok, cluster[1].Raft.Step(new Message { Type = MessageType.ReadIndex, From = 2, To = 1 }));
        Assert.Equal(StepResult.Ok, cluster[2].Raft.Step(new Message { Type = MessageType.ReadIndexResponse, From = 1, To = 2, Term = 2 }));
        cluster.Settle();
        Assert.Empty(cluster[2].Reads);
    }
}
