using System.Text.Json;
using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Fuzzing.Targets;

/// <summary>Everything that is decoded of what members send each other: messages, entries, configuration changes and what those
/// carry.</summary>
internal sealed class PeerMessageTarget : IFuzzTarget
{
    public PeerMessageTarget()
    {
        Member member = new(7, "one", ["http://127.0.0.1:2380"], ["http://127.0.0.1:2379"], true);
        ConfChange change = new()
        {
            Type = ConfChangeType.AddLearnerNode,
            NodeId = 7,
            Context = new MemberChange(member, IsPromotion: true).ToJson(),
        };
        Entry entry = new(EntryType.ConfChange, 3, 12, RaftWire.Encode(change));
        Message append = new()
        {
            Type = MessageType.Append,
            From = 1,
            To = 2,
            Term = 3,
            LogTerm = 3,
            Index = 11,
            Commit = 10,
            Entries = new[] { entry, entry },
        };
        Snapshot snapshot = new()
        {
            Metadata = new SnapshotMetadata { Index = 12, Term = 3, ConfState = new Raft.ConfState { Voters = [1, 2], Learners = [7] } },
            Data = "data"u8.ToArray(),
        };
        Message install = new() { Type = MessageType.Snapshot, From = 1, To = 2, Term = 3, Snapshot = snapshot };
        Seeds = [RaftWire.Encode(append), RaftWire.Encode(install), RaftWire.Encode(change),
            RaftWire.Encode(entry), RaftWire.Encode(snapshot), change.Context.ToArray()];
    }

    public string Name => "peer-message";

    public IReadOnlyList<byte[]> Seeds { get; }

    public IReadOnlyList<byte[]> Words { get; } =
        ["null"u8.ToArray(), "\"peerURLs\":"u8.ToArray(), "{}"u8.ToArray(), "[]"u8.ToArray(), "\"isPromote\":true"u8.ToArray()];

    public Verdict Run(byte[] input)
    {
        bool isAny = Decodes(static bytes =>
        {
            foreach (Entry entry in RaftWire.DecodeMessage(bytes).Entries.Span)
            {
                _ = Decodes(static data => RaftWire.DecodeConfChange(data), entry.Data);
            }
        }, input);
        isAny |= Decodes(static bytes => RaftWire.DecodeEntry(bytes), input);
        isAny |= Decodes(static bytes => RaftWire.DecodeHardState(bytes), input);
        isAny |= Decodes(static bytes => RaftWire.DecodeConfState(bytes), input);
        isAny |= Decodes(static bytes => RaftWire.DecodeSnapshot(bytes), input);
        isAny |= Decodes(static bytes => RaftWire.DecodeConfChangeV2(bytes), input);
        isAny |= Decodes(static bytes => MemberChange.FromJson(RaftWire.DecodeConfChange(bytes).Context.Span), input);
        isAny |= Decodes(static bytes => MemberChange.FromJson(bytes.Span), input);
        return isAny ? Verdict.Accepted : Verdict.Refused;
    }

    public void Dispose()
    {
    }

    private static bool Decodes(Action<ReadOnlyMemory<byte>> decode, ReadOnlyMemory<byte> input)
    {
        try
        {
            decode(input);
            return true;
        }
        catch (Exception failure) when (failure is MalformedMessageException or JsonException)
        {
            return false;
        }
    }
}
