using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Storage;

namespace Netcd.Engine.Watching;

/// <summary>
/// Encodes changes as elements of a WatchResponse's field <c>events</c>, tag and length included, so that a response is made
/// by copying them behind one another. A stored record is the very bytes of an event's <c>kv</c>.
/// </summary>
/// <remarks>Hot path. Budget: 150 ns for a record of 256 bytes, and the bytes of the event.</remarks>
internal readonly struct EventEncoder(ReadState state)
{
    private const byte EventsTag = (11 << 3) | 2;
    private const byte TypeTag = 1 << 3;
    private const byte KvTag = (2 << 3) | 2;
    private const byte PreviousTag = (3 << 3) | 2;
    private const byte Delete = 1;

    /// <summary>The event, with the record before it where the watch wants that.</summary>
    public byte[] Encode(MatchedChange change, bool withPrevious)
    {
        if (withPrevious && TryReadPrevious(change, out RecordBytes previous))
        {
            return change.EncodedWithPrevious ??= EncodeEvent(change, previous.Span);
        }

        return change.Encoded ??= EncodeEvent(change, default);
    }

    /// <summary>As in etcd: what the key held one revision earlier, and nothing where that is compacted or the key was created.</summary>
    private bool TryReadPrevious(MatchedChange change, out RecordBytes previous)
    {
        previous = default;
        long before = change.Revision.Main - 1;
        KeyValueView kv = KeyValueView.Parse(change.Record.Span);
        if ((!change.IsDeletion && kv.CreateRevision == kv.ModRevision)
            || before < state.CompactRevision
            || !state.Index.TryGet(kv.Key, out KeyRecord record)
            || !record.TryGetAt(before, out Revision visible))
        {
            return false;
        }

        previous = state.ReadRecord(visible);
        return true;
    }

    private static byte[] EncodeEvent(MatchedChange change, ReadOnlySpan<byte> previous)
    {
        ReadOnlySpan<byte> kv = change.IsDeletion
            ? KeyValueView.Encode(KeyValueView.Parse(change.Record.Span).Key, default, 0, change.Revision.Main, 0, 0)
            : change.Record.Span;
        int content = (change.IsDeletion ? 2 : 0) + FieldLength(kv) + (previous.IsEmpty ? 0 : FieldLength(previous));
        byte[] encoded = GC.AllocateUninitializedArray<byte>(1 + Varint.Length((ulong)content) + content);
        Span<byte> rest = encoded;
        WriteLength(ref rest, EventsTag, content);
        if (change.IsDeletion)
        {
            rest[0] = TypeTag;
            rest[1] = Delete;
            rest = rest[2..];
        }

        WriteField(ref rest, KvTag, kv);
        if (!previous.IsEmpty)
        {
            WriteField(ref rest, PreviousTag, previous);
        }

        return encoded;
    }

    private static int FieldLength(ReadOnlySpan<byte> bytes) => 1 + Varint.Length((ulong)bytes.Length) + bytes.Length;

    private static void WriteField(ref Span<byte> rest, byte tag, ReadOnlySpan<byte> bytes)
    {
        WriteLength(ref rest, tag, bytes.Length);
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static void WriteLength(ref Span<byte> rest, byte tag, int length)
    {
        rest[0] = tag;
        rest = rest[(1 + Varint.Write(rest[1..], (ulong)length))..];
    }
}
