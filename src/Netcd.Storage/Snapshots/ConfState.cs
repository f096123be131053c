using Netcd.Storage.Wal;

namespace Netcd.Storage.Snapshots;

/// <summary>The configuration of the raft group at an entry: raftpb.ConfState.</summary>
public sealed record ConfState
{
    /// <summary>The members that vote; in a joint configuration those of its incoming half.</summary>
    public IReadOnlyList<ulong> Voters { get; init; } = [];

    /// <summary>The members that receive the log and do not vote.</summary>
    public IReadOnlyList<ulong> Learners { get; init; } = [];

    /// <summary>The voters of the outgoing half of a joint configuration; empty otherwise.</summary>
    public IReadOnlyList<ulong> VotersOutgoing { get; init; } = [];

    /// <summary>Voters that become learners when the joint configuration is left.</summary>
    public IReadOnlyList<ulong> LearnersNext { get; init; } = [];

    /// <summary>Whether the joint configuration is left by itself.</summary>
    public bool AutoLeave { get; init; }

    /// <summary>Encodes it as raftpb.ConfState, byte for byte as etcd does: the form that a WAL marker takes.</summary>
    public byte[] Encode()
    {
        int ids = Voters.Count + Learners.Count + VotersOutgoing.Count + LearnersNext.Count;
        byte[] target = new byte[2 + ((1 + Varint.MaxBytes) * ids)];
        int at = WriteAll(target, 1, Voters);
        at += WriteAll(target.AsSpan(at), 2, Learners);
        at += WriteAll(target.AsSpan(at), 3, VotersOutgoing);
        at += WriteAll(target.AsSpan(at), 4, LearnersNext);
        at += ProtoWire.WriteField(target.AsSpan(at), 5, AutoLeave ? 1UL : 0);
        return target[..at];
    }

    /// <summary>Decodes a raftpb.ConfState; its lists may be packed.</summary>
    /// <exception cref="InvalidDataException">It is not a configuration.</exception>
    public static ConfState Decode(ReadOnlySpan<byte> message)
    {
        List<ulong>[] lists = [[], [], [], []];
        bool autoLeave = false;
        ProtoFields fields = new(message);
        while (fields.MoveNext())
        {
            if (fields.Field is >= 1 and <= 4)
            {
                ReadInto(lists[fields.Field - 1], fields);
            }
            else if (fields.Field == 5 && !fields.HoldsBytes)
            {
                autoLeave = fields.Value != 0;
            }
        }

        return fields.IsMalformed
            ? throw new InvalidDataException("not a raftpb.ConfState")
            : new ConfState
            {
                Voters = lists[0],
                Learners = lists[1],
                VotersOutgoing = lists[2],
                LearnersNext = lists[3],
                AutoLeave = autoLeave,
            };
    }

    private static int WriteAll(Span<byte> target, int field, IReadOnlyList<ulong> ids)
    {
        int at = 0;
        foreach (ulong id in ids)
        {
            at += ProtoWire.WriteField(target[at..], field, id);
        }

        return at;
    }

    private static void ReadInto(List<ulong> list, in ProtoFields fields)
    {
        if (!fields.HoldsBytes)
        {
            list.Add(fields.Value);
            return;
        }

        ReadOnlySpan<byte> packed = fields.Bytes;
        while (!packed.IsEmpty)
        {
            if (!Varint.TryRead(packed, out ulong id, out int length))
            {
                throw new InvalidDataException("not a raftpb.ConfState");
            }

            list.Add(id);
            packed = packed[length..];
        }
    }
}
