using Netcd.Raft.Tests.Cluster;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>Log replication: sections 5.3 and 5.4.2 of the paper, figures 7 and 8, and flow control.</summary>
public class ReplicationTests
{
    [Fact]
    public void An_entry_commits_when_a_quorum_has_it_on_disk_and_is_applied_everywhere()
    {
        TestCluster cluster = new(5);
        cluster.Elect(1);
        cluster.Isolate(4, 5);
        cluster.Propose(1, "with three of five");
        Assert.Equal(["with three of five"], cluster[1].AppliedTexts);
        cluster.Isolate(3, 4, 5);
        cluster.Propose(1, "with two of five");
        Assert.Single(cluster[1].AppliedTexts);
        cluster.Heal();
        cluster.TickAll(3);
        Assert.All(cluster.Members, member => Assert.Equal(["with three of five", "with two of five"], member.AppliedTexts));
    }

    [Fact]
    public void A_leader_counts_its_own_disk_like_any_other()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster[1].Raft.Propose(TestCluster.Bytes("slow disk at the leader"));
        cluster.Send(cluster[1].TakeReady());
        foreach (Message message in cluster.InFlight.ToArray())
        {
            cluster.Deliver(message);
        }

        cluster.InFlight.Clear();
        cluster.Work(cluster[2]);
        cluster.Work(cluster[3]);
        foreach (Message message in cluster.InFlight.ToArray())
        {
            cluster.Deliver(message);
        }

        // Two followers are a quorum without the leader's disk.
        Assert.Equal(5UL, cluster[1].Commit);
        Assert.Equal(4UL, cluster[1].LastIndex);
        Assert.Equal(4UL, cluster[1].Applied);
    }

    [Fact]
    public void An_acknowledgement_waits_for_the_disk()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster[1].Raft.Propose(TestCluster.Bytes("x"));
        cluster.Send(cluster[1].TakeReady());
        cluster.Deliver(cluster.InFlight.First(message => message.To == 2));
        Assert.DoesNotContain(cluster[2].TakeReady(), message => message.Type == MessageType.AppendResponse);
        Assert.Contains(cluster[2].DoAppend(), message => message.Type == MessageType.AppendResponse && message.Index == 5);
    }

    // Figure 7: the leader of term 8 and the six followers that may stand before it.
    [Theory]
    [InlineData("1 1 1 4 4 5 5 6 6")]
    [InlineData("1 1 1 4")]
    [InlineData("1 1 1 4 4 5 5 6 6 6 6")]
    [InlineData("1 1 1 4 4 5 5 6 6 6 7 7")]
    [InlineData("1 1 1 4 4 4 4")]
    [InlineData("1 1 1 2 2 2 3 3 3 3 3")]
    public void Every_log_of_figure_7_comes_to_match_the_leader(string follower)
    {
        TestCluster cluster = new(0, outsiders: 3);
        ConfState confState = new() { Voters = [1, 2, 3] };
        cluster[1].Seed(confState, new HardState(7, 0, 0), Terms("1 1 1 4 4 5 5 6 6 6"));
        cluster[2].Seed(confState, new HardState(7, 0, 0), Terms(follower));
        cluster[3].Seed(confState, new HardState(7, 0, 0));
        cluster.Elect(1);
        Assert.Equal(8UL, cluster[1].Term);
        cluster.TickAll(3);
        Assert.Equal(LogText(cluster[1]), LogText(cluster[2]));
        Assert.Equal(LogText(cluster[1]), LogText(cluster[3]));
        Assert.Equal("1 1 1 4 4 5 5 6 6 6 8", LogText(cluster[2]));
        new SafetyChecker(cluster).CheckLogMatching();
    }

    // A probe for each term of either log at most, not one for each entry.
    [Fact]
    public void A_long_diverging_tail_is_found_in_few_probes()
    {
        TestCluster cluster = new(0, outsiders: 3);
        ConfState confState = new() { Voters = [1, 2, 3] };
        string common = string.Join(' ', Enumerable.Repeat("1", 10));
        cluster[1].Seed(confState, new HardState(7, 0, 0), Terms($"{common} {Many("5", 200)}"));
        cluster[2].Seed(confState, new HardState(7, 0, 0), Terms($"{common} {Many("4", 300)}"));
        cluster[3].Seed(confState, new HardState(7, 0, 0), Terms($"{common} {Many("2", 50)}"));
        cluster.Elect(1);
        Assert.Equal(LogText(cluster[1]), LogText(cluster[2]));
        Assert.InRange(cluster.Sent.Count(message => message.Type == MessageType.AppendResponse && message.Reject), 2, 6);
    }

    // Figure 8: an entry of an older term is on a majority, yet may still be replaced; it commits only beneath one of the leader's term.
    [Fact]
    public void An_entry_of_an_older_term_is_not_committed_by_counting()
    {
        TestCluster cluster = new(0, outsiders: 5);
        ConfState confState = new() { Voters = [1, 2, 3, 4, 5] };
        cluster[1].Seed(confState, new HardState(3, 0, 0), Terms("1 2"));
        cluster[2].Seed(confState, new HardState(2, 0, 0), Terms("1 2"));
        foreach (ulong id in new ulong[] { 3, 4 })
        {
            cluster[id].Seed(confState, new HardState(2, 0, 0), Terms("1"));
        }

        cluster[5].Seed(confState, new HardState(3, 0, 0), Terms("1 3"));

        // Leader in term 4, with its own entry held back: 1 and 2 reach a majority with entry 2 of term 2.
        cluster.Isolate(5);
        cluster.Loses = message => message.From == 5 || message.To == 5
            || (message.Type == MessageType.Append && message.Entries.ToArray().Any(entry => entry.Term == 4));
        cluster[1].Raft.Campaign();
        cluster.Settle();
        cluster[3].Raft.Step(new Message
        {
            Type = MessageType.Append,
            From = 1,
            To = 3,
            Term = 4,
            LogTerm = 1,
            Index = 1,
            Entries = Terms("1 2").AsMemory(1),
        });
        cluster.Settle();
        Assert.True(cluster[1].IsLeader);
        Assert.Equal("1 2", LogText(cluster[3]));
        Assert.Equal(0UL, cluster[1].Commit);

        // It comes to pass: 5 is elected and replaces entry 2 everywhere.
        cluster.Isolate(1);
        cluster[2].Crash();
        cluster[2].Restart();
        cluster[5].Raft.Campaign();
        cluster.Settle();
        for (int tick = 0; tick < 200 && !cluster[5].IsLeader; tick++)
        {
            cluster.Tick(5);
        }

        Assert.True(cluster[5].IsLeader);
        cluster.Heal();
        cluster.TickAll(3);
        Assert.All(cluster.Members, member => Assert.StartsWith("1 3", LogText(member), StringComparison.Ordinal));
        Assert.All(cluster.Members, member => Assert.Equal(cluster[5].Commit, member.Commit));
    }

    [Fact]
    public void Appends_doubled_delayed_and_reordered_do_no_harm()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        for (int i = 0; i < 5; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        List<Message> appends = cluster.Sent.Where(message => message is { Type: MessageType.Append, To: 2 }).Reverse().ToList();
        (string log, ulong commit) = (LogText(cluster[2]), cluster[2].Commit);
        foreach (Message append in appends.Concat(appends))
        {
            cluster.Deliver(append);
            cluster.Settle();
        }

        Assert.Equal((log, commit), (LogText(cluster[2]), cluster[2].Commit));
        cluster.Propose(1, "on it goes");
        Assert.Equal(cluster[1].AppliedTexts, cluster[2].AppliedTexts);
    }

    [Fact]
    public void A_damaged_append_is_ignored()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        Entry[] gap = [new(EntryType.Normal, 2, 5, default), new(EntryType.Normal, 2, 7, default)];
        Entry[] future = [new(EntryType.Normal, 9, 5, default)];
        Entry[] falling = [new(EntryType.Normal, 2, 5, default), new(EntryType.Normal, 1, 6, default)];
        foreach (Entry[] entries in new[] { gap, future, falling })
        {
            cluster[2].Raft.Step(
                new Message { Type = MessageType.Append, From = 1, To = 2, Term = 2, LogTerm = 2, Index = 4, Entries = entries });
            cluster.Work(cluster[2]);
            Assert.Equal(4UL, cluster[2].LastIndex);
        }

        cluster.Propose(1, "x");
        Assert.Equal(["x"], cluster[2].AppliedTexts);
    }

    [Fact]
    public void A_commit_index_beyond_the_log_stops_the_node()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        Message heartbeat = new() { Type = MessageType.Heartbeat, From = 1, To = 2, Term = 2, Commit = 100 };
        Assert.Throws<RaftInvariantException>(() => cluster[2].Raft.Step(heartbeat));
    }

    [Fact]
    public void A_follower_too_far_behind_gets_a_snapshot_and_then_the_log()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        for (int i = 0; i < 10; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        cluster[1].Compact(2);
        cluster[1].Raft.ReportUnreachable(3);
        cluster.Heal();
        cluster.TickAll(3);
        cluster.Propose(1, "after");
        Assert.Contains(cluster.Sent, message => message is { Type: MessageType.Snapshot, To: 3 });
        Assert.Equal(cluster[1].StateHash, cluster[3].StateHash);
        Assert.Equal(["after"], cluster[3].AppliedTexts);
        Assert.Equal(ProgressState.Replicate, cluster[1].Raft.Status().Progress[3].State);
    }

    [Fact]
    public void A_snapshot_that_failed_is_sent_again_after_a_heartbeat()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        for (int i = 0; i < 10; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        cluster[1].Compact(0);
        cluster.Loses = message => message is { Type: MessageType.Snapshot };
        cluster.TickAll(1);
        Assert.Equal(ProgressState.Snapshot, cluster[1].Raft.Status().Progress[3].State);
        cluster[1].Raft.ReportSnapshot(3, SnapshotOutcome.Failed);
        Assert.Equal(ProgressState.Probe, cluster[1].Raft.Status().Progress[3].State);
        cluster.Heal();
        cluster.TickAll(2);
        Assert.Equal(cluster[1].StateHash, cluster[3].StateHash);
    }

    [Fact]
    public void A_snapshot_waits_until_nothing_is_being_applied()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Propose(1, "before");
        cluster[1].Raft.Propose(TestCluster.Bytes("being applied"));
        cluster.Send(cluster[1].TakeReady());
        cluster.Send(cluster[1].DoAppend());
        cluster.Deliver(cluster.InFlight.First(message => message.To == 2));
        while (cluster[2].Raft.HasReady || cluster[2].AppendWork.Count > 0)
        {
            if (cluster[2].Raft.HasReady)
            {
                cluster.Send(cluster[2].TakeReady());
            }

            if (cluster[2].AppendWork.Count > 0)
            {
                cluster.Send(cluster[2].DoAppend());
            }

            cluster[2].Raft.Step(new Message { Type = MessageType.Append, From = 1, To = 2, Term = 2, LogTerm = 2, Index = 6, Commit = 6 });
            if (cluster[2].ApplyWork.Count > 0)
            {
                break;
            }
        }

        Assert.Single(cluster[2].ApplyWork);
        ConfState state = new() { Voters = [1, 2] };
        Snapshot snapshot = new() { Data = new byte[8], Metadata = new SnapshotMetadata { Index = 20, Term = 2, ConfState = state } };
        cluster[2].Raft.Step(new Message { Type = MessageType.Snapshot, From = 1, To = 2, Term = 2, Snapshot = snapshot });
        Assert.Equal(3, cluster[2].Raft.Status().Configuration.Voters.Count);
        cluster.Work(cluster[2]);
        Assert.Equal(20UL, cluster[2].Applied);
        Assert.Equal([1, 2], cluster[2].Raft.Status().Configuration.Voters);
    }

    [Fact]
    public void Appends_on_their_way_are_bounded_in_number()
    {
        TestCluster cluster = new(3, new MemberOptions { MaxInflightMessages = 4 });
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster.Sent.Clear();
        for (int i = 0; i < 50; i++)
        {
            cluster.Propose(1, $"{i}");
        }

        Assert.Equal(4, cluster.Sent.Count(message => message is { Type: MessageType.Append, To: 3, Entries.Length: > 0 }));
        cluster.Heal();
        cluster.TickAll(3);
        Assert.Equal(cluster[1].AppliedTexts, cluster[3].AppliedTexts);
    }

    [Fact]
    public void Appends_on_their_way_are_bounded_in_bytes()
    {
        TestCluster cluster = new(3, new MemberOptions { MaxSizePerMessage = 100, MaxInflightBytes = 300 });
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster.Sent.Clear();
        for (int i = 0; i < 50; i++)
        {
            cluster.Propose(1, new string('x', 60));
        }

        IEnumerable<Message> sent = cluster.Sent.Where(message => message is { Type: MessageType.Append, To: 3 });
        Assert.InRange(sent.Sum(message => message.Entries.ToArray().Sum(entry => entry.Data.Length)), 60, 360);
        cluster.Heal();
        cluster.TickAll(3);
        Assert.Equal(cluster[1].AppliedTexts, cluster[3].AppliedTexts);
    }

    [Fact]
    public void A_message_carries_no_more_bytes_than_allowed()
    {
        TestCluster cluster = new(3, new MemberOptions { MaxSizePerMessage = 200 });
        cluster.Elect(1);
        cluster.Isolate(3);
        for (int i = 0; i < 30; i++)
        {
            cluster.Propose(1, new string('x', 60));
        }

        cluster.Heal();
        cluster.Sent.Clear();
        cluster.TickAll(3);
        List<int> sizes = cluster.Sent.Where(message => message is { Type: MessageType.Append, To: 3 })
            .Select(message => message.Entries.ToArray().Sum(entry => RaftWire.Size(in entry))).ToList();
        Assert.All(sizes, size => Assert.InRange(size, 0, 200));
        Assert.Contains(sizes, size => size > 130);
        Assert.Equal(cluster[1].AppliedTexts, cluster[3].AppliedTexts);
    }

    private static string Many(string term, int count) => string.Join(' ', Enumerable.Repeat(term, count));

    private static Entry[] Terms(string terms) =>
        [.. terms.Split(' ').Select((term, i) => new Entry(EntryType.Normal, ulong.Parse(term, null), (ulong)i + 1, default))];

    private static string LogText(Member member) => string.Join(' ', member.DurableEntries().Select(entry => entry.Term));
}
