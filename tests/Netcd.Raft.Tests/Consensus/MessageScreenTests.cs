using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>What cannot be is refused before anything is changed (findings C3, H7, H9).</summary>
public sealed class MessageScreenTests
{
    private const ulong Self = 1;
    private const ulong Other = 2;

    [Theory]
    [InlineData(MessageType.Append, 0UL)]
    [InlineData(MessageType.Heartbeat, 0UL)]
    [InlineData(MessageType.Heartbeat, ulong.MaxValue)]
    [InlineData(MessageType.Vote, ulong.MaxValue)]
    [InlineData(MessageType.PreVote, 1UL << 63)]
    [InlineData(MessageType.Append, 1UL << 60)]
    [InlineData(MessageType.Propose, 7UL)]
    [InlineData(MessageType.ReadIndex, 7UL)]
    public void C3_H7_a_term_that_cannot_be_changes_nothing(MessageType type, ulong term)
    {
        foreach (RaftNode node in (RaftNode[])[Follower(), Candidate()])
        {
            BasicStatus before = node.BasicStatus;
            Assert.Equal(StepResult.Impossible, node.Receive(Message(type, term), out string? fault));
            Assert.NotNull(fault);
            Assert.Equal(before, node.BasicStatus);
        }
    }

    [Theory]
    [InlineData(MessageType.Hup)]
    [InlineData(MessageType.ForgetLeader)]
    [InlineData(MessageType.StorageAppend)]
    [InlineData((MessageType)99)]
    [InlineData((MessageType)(-1))]
    public void H9_a_message_that_nobody_sends_to_another_is_refused(MessageType type) =>
        Assert.Equal(StepResult.Impossible, Follower().Receive(Message(type, 2), out _));

    [Fact]
    public void H9_a_heartbeat_that_commits_beyond_the_log_is_refused_and_one_within_it_is_taken()
    {
        RaftNode node = Follower();
        Message beyond = Message(MessageType.Heartbeat, 2);
        beyond.Commit = 1_000;
        Assert.Equal(StepResult.Impossible, node.Receive(beyond, out string? fault));
        Assert.Contains("beyond the log", fault, StringComparison.Ordinal);
        Assert.Equal(StepResult.Ok, node.Receive(Message(MessageType.Heartbeat, 2), out _));
        Assert.Equal(Other, node.BasicStatus.SoftState.Leader);
    }

    [Fact]
    public void A_second_leader_of_a_term_is_refused()
    {
        RaftNode node = Follower();
        Assert.Equal(StepResult.Ok, node.Receive(Message(MessageType.Heartbeat, 2), out _));
        Message second = Message(MessageType.Heartbeat, 2);
        second.From = 3;
        Assert.Equal(StepResult.Impossible, node.Receive(second, out _));
        Assert.Equal(Other, node.BasicStatus.SoftState.Leader);
    }

    [Fact]
    public void Entries_that_do_not_follow_each_other_are_refused()
    {
        Message append = Message(MessageType.Append, 2);
        (append.Index, append.LogTerm) = (3, 1);
        foreach (Entry entry in (Entry[])[
            new(EntryType.Normal, 1, 5, default), new(EntryType.Normal, 3, 4, default),
            new(EntryType.Normal, 0, 4, default), new((EntryType)9, 1, 4, default)])
        {
            append.Entries = new[] { entry };
            Assert.Equal(StepResult.Impossible, Follower().Receive(append, out _));
        }
    }

    [Theory]
    [InlineData(0UL, 0UL)]
    [InlineData(7UL, ulong.MaxValue)]
    [InlineData(7UL, 7UL)]
    public void A_snapshot_whose_configuration_cannot_be_is_refused(ulong voter, ulong second)
    {
        Message message = Message(MessageType.Snapshot, 2);
        message.Snapshot = new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = 100, Term = 2, ConfState = new ConfState { Voters = [voter, second] } },
        };
        Assert.Equal(StepResult.Impossible, Follower().Receive(message, out _));
        Assert.NotNull(RaftNode.FaultOf(message));
    }

    [Fact]
    public void A_node_at_the_last_term_of_all_does_not_campaign_and_does_not_end()
    {
        MemoryLogStorage storage = Storage();
        storage.SetHardState(new HardState(ulong.MaxValue, 0, 3));
        RaftNode node = Node(storage);
        node.Campaign();
        Assert.Equal(RaftRole.Follower, node.BasicStatus.SoftState.Role);
    }

    [Fact]
    public void M9_entries_answers_and_nodes_of_a_message_are_counted_before_they_are_made()
    {
        foreach ((byte field, int count) in ((byte, int)[])[(7, RaftWire.MaxEntries), (14, 4_096)])
        {
            byte[] bytes = new byte[2 * (count + 1)];
            for (int i = 0; i < bytes.Length; i += 2)
            {
                bytes[i] = (byte)((field << 3) | 2);
            }

            RaftWire.DecodeMessage(bytes.AsMemory(2));
            Assert.Throws<MalformedMessageException>(() => RaftWire.DecodeMessage(bytes));
        }

        byte[] voters = [.. Enumerable.Repeat(new byte[] { 0x08, 0x01 }, 5_000).SelectMany(static pair => pair)];
        Assert.Throws<MalformedMessageException>(() => RaftWire.DecodeConfState(voters));
    }

    private static Message Message(MessageType type, ulong term) => new()
    {
        Type = type,
        From = Other,
        To = Self,
        Term = term,
        Entries = type is MessageType.Propose or MessageType.ReadIndex
            ? new[] { new Entry(EntryType.Normal, 0, 0, new byte[] { 1 }) }
            : default,
    };

    private static RaftNode Follower() => Node(Storage());

    private static RaftNode Candidate()
    {
        RaftNode node = Node(Storage());
        node.Campaign();
        Assert.NotEqual(RaftRole.Follower, node.BasicStatus.SoftState.Role);
        return node;
    }

    private static MemoryLogStorage Storage()
    {
        MemoryLogStorage storage = new();
        storage.ApplySnapshot(
            new Snapshot { Metadata = new SnapshotMetadata { Index = 3, Term = 1, ConfState = new ConfState { Voters = [1, 2, 3] } } });
        storage.SetHardState(new HardState(1, 0, 3));
        return storage;
    }

    private static RaftNode Node(MemoryLogStorage storage) => new(new RaftConfig
    {
        Id = Self,
        ElectionTick = 10,
        HeartbeatTick = 1,
        Storage = storage,
        Applied = 3,
        Random = new SeededGenerator(1).Next,
        CheckQuorum = true,
        PreVote = true,
    });
}
