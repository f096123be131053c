using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Engine.Tests.Node;

/// <summary>Whose messages are taken (findings C3, H9), and that a member which is behind hears those whom it does not know.</summary>
public sealed class KnownSendersTests
{
    private const ulong Member = 2;
    private const ulong Stranger = 9;
    private const long Election = 1_000;

    private readonly MemoryLogStorage log = new();
    private readonly RaftNode raft;
    private readonly KnownSenders senders;
    private int questions;

    public KnownSendersTests()
    {
        log.ApplySnapshot(new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = 3, Term = 1, ConfState = new ConfState { Voters = [1, Member, 3] } },
        });
        log.SetHardState(new HardState(1, 0, 3));
        raft = new RaftNode(new RaftConfig
        {
            Id = 1,
            ElectionTick = 10,
            HeartbeatTick = 1,
            Storage = log,
            Applied = 3,
            Random = new SeededGenerator(1).Next,
        });
        senders = new KnownSenders(raft, log, static () => 3, Election, () => questions++);
        senders.Step(0);
    }

    [Fact]
    public void H9_members_are_heard_in_all_that_they_send_and_strangers_in_nothing()
    {
        foreach (MessageType type in Enum.GetValues<MessageType>())
        {
            Assert.True(senders.Hears(Of(type, Member), 0));
            Assert.False(senders.Hears(Of(type, Stranger), 0));
        }
    }

    [Fact]
    public void Members_are_asked_who_a_stranger_is_now_and_then_and_not_for_what_no_member_behind_needs()
    {
        Assert.False(senders.Hears(Of(MessageType.Propose, Stranger), 0));
        Assert.Equal(0, questions);
        for (long now = 0; now < 1_000; now++)
        {
            senders.Hears(Of(MessageType.Heartbeat, Stranger), now);
        }

        Assert.Equal(4, questions);
    }

    [Fact]
    public void Whom_members_tell_of_is_heard()
    {
        senders.Introduce([1, Member, Stranger]);
        Assert.True(senders.Hears(Of(MessageType.Append, Stranger), 0));
        senders.Introduce([1, Member]);
        Assert.False(senders.Hears(Of(MessageType.Append, Stranger), 0));
    }

    [Fact]
    public void Whom_a_change_in_the_log_names_is_heard_though_it_is_not_applied()
    {
        byte[] change = RaftWire.Encode(new ConfChange { Type = ConfChangeType.AddNode, NodeId = Stranger });
        log.Append([new Entry(EntryType.ConfChange, 1, 4, change)]);
        Assert.True(senders.Hears(Of(MessageType.Vote, Stranger), 0));
    }

    [Fact]
    public void Without_a_leader_for_long_an_unknown_candidate_is_heard_and_no_unknown_leader()
    {
        long late = 10 * Election;
        senders.Step(late);
        Assert.True(senders.ListensToStrangers);
        Assert.True(senders.Hears(Of(MessageType.Vote, Stranger), late));
        Assert.False(senders.Hears(Of(MessageType.Append, Stranger), late));
        Message transfer = Of(MessageType.Vote, Stranger);
        transfer.Context = "CampaignTransfer"u8.ToArray();
        Assert.False(senders.Hears(transfer, late));
    }

    [Fact]
    public void Where_all_that_could_tell_are_silent_for_very_long_an_unknown_leader_is_heard()
    {
        senders.Introduce(null);
        senders.Step(Limits.SilenceMilliseconds - 1);
        Assert.False(senders.Hears(Of(MessageType.Append, Stranger), Limits.SilenceMilliseconds - 1));
        Assert.True(senders.Hears(Of(MessageType.Append, Stranger), Limits.SilenceMilliseconds));
        senders.Introduce([1, Member]);
        Assert.False(senders.Hears(Of(MessageType.Append, Stranger), Limits.SilenceMilliseconds));
    }

    private static Message Of(MessageType type, ulong from) => new() { Type = type, From = from, To = 1, Term = 2 };
}
