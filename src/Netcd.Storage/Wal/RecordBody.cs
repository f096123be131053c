using System.Diagnostics.CodeAnalysis;

namespace Netcd.Storage.Wal;

/// <summary>
/// The messages inside records. Written with every field present, zero or not, as gogo's proto2 code writes them; read
/// with fields left out allowed but none unknown, repeated or out of order: the record's type is not under its sum, so
/// the shape of the message is what shows a damaged type.
/// </summary>
internal static class RecordBody
{
    /// <summary>Room for the fields of any of the messages without the bytes that they end with.</summary>
    public const int MaxHeadBytes = 4 * (1 + Varint.MaxBytes);

    /// <summary>Writes a raftpb.Entry up to its data, whose bytes must follow.</summary>
    public static int WriteEntryHead(Span<byte> target, int type, ulong term, ulong index, int dataLength)
    {
        int at = ProtoWire.WriteField(target, 1, (ulong)type);
        at += ProtoWire.WriteField(target[at..], 2, term);
        at += ProtoWire.WriteField(target[at..], 3, index);
        return dataLength == 0 ? at : at + ProtoWire.WriteBytesHead(target[at..], 4, dataLength);
    }

    /// <summary>Writes a raftpb.HardState.</summary>
    public static int WriteHardState(Span<byte> target, in WalHardState state)
    {
        int at = ProtoWire.WriteField(target, 1, state.Term);
        at += ProtoWire.WriteField(target[at..], 2, state.Vote);
        return at + ProtoWire.WriteField(target[at..], 3, state.Commit);
    }

    /// <summary>Writes a walpb.Snapshot up to its configuration, whose bytes must follow.</summary>
    public static int WriteMarkerHead(Span<byte> target, in WalMarker marker)
    {
        int at = ProtoWire.WriteField(target, 1, marker.Index);
        at += ProtoWire.WriteField(target[at..], 2, marker.Term);
        return marker.ConfState.IsEmpty ? at : at + ProtoWire.WriteBytesHead(target[at..], 3, marker.ConfState.Length);
    }

    public static bool TryReadEntry(ReadOnlySpan<byte> message, out int type, out ulong term, out ulong index, out ReadOnlySpan<byte> data)
    {
        Span<ulong> numbers = stackalloc ulong[3];
        bool whole = TryRead(message, numbers, out data);
        type = numbers[0] <= 2 ? (int)numbers[0] : -1;
        term = numbers[1];
        index = numbers[2];
        return whole && type >= 0;
    }

    public static bool TryReadHardState(ReadOnlySpan<byte> message, out WalHardState state)
    {
        Span<ulong> numbers = stackalloc ulong[3];
        bool whole = TryRead(message, numbers, out ReadOnlySpan<byte> rest);
        state = new WalHardState(numbers[0], numbers[1], numbers[2]);
        return whole && rest.IsEmpty;
    }

    public static bool TryReadMarker(ReadOnlySpan<byte> message, [NotNullWhen(true)] out WalMarker? marker)
    {
        Span<ulong> numbers = stackalloc ulong[2];
        bool whole = TryRead(message, numbers, out ReadOnlySpan<byte> confState);
        marker = whole ? new WalMarker(numbers[0], numbers[1], confState.ToArray()) : null;
        return whole;
    }

    // Varints in fields 1 to n, then bytes in field n + 1, in that order.
    private static bool TryRead(ReadOnlySpan<byte> message, scoped Span<ulong> numbers, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        numbers.Clear();
        int last = 0;
        ProtoFields fields = new(message);
        while (fields.MoveNext())
        {
            if (fields.Field <= last || fields.Field > numbers.Length + 1 || fields.HoldsBytes != (fields.Field == numbers.Length + 1))
            {
                return false;
            }

            last = fields.Field;
            if (fields.HoldsBytes)
            {
                bytes = fields.Bytes;
            }
            else
            {
                numbers[last - 1] = fields.Value;
            }
        }

        return !fields.IsMalformed;
    }
}
