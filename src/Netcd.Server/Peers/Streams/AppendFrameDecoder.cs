using System.Buffers.Binary;
using System.Globalization;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Server.Peers.Streams;

/// <summary>
/// Frames of <see cref="StreamKind.Append"/>. Keeps the term and the index that the stream stands at, as the other end does: a frame
/// of entries alone goes on from there.
/// </summary>
internal sealed class AppendFrameDecoder(ulong local, ulong remote) : FrameDecoder
{
    private const int CountEnd = 1 + LengthBytes;

    private ulong term;
    private ulong index;

    // How far the frame of entries at the front is measured, so that a large one that comes in pieces is walked once.
    private int measured;
    private int entriesLeft;

    public override int TryDecode(ReadOnlyMemory<byte> bytes, out Message message)
    {
        message = LinkHeartbeat.Message;
        NeededBytes = Math.Max(NeededBytes, 1);
        if (bytes.Length < NeededBytes)
        {
            return 0;
        }

        int taken = bytes.Span[0] switch
        {
            AppendFrames.Heartbeat => 1,
            AppendFrames.Entries => TryEntries(bytes, ref message),
            AppendFrames.Whole => TryWhole(bytes, ref message),
            byte other => throw new MalformedMessageException(string.Create(
                CultureInfo.InvariantCulture, $"failed to parse type {other} in msgappv2 stream")),
        };
        if (taken > 0)
        {
            NeededBytes = 1;
        }

        return taken;
    }

    private int TryWhole(ReadOnlyMemory<byte> bytes, ref Message message)
    {
        NeededBytes = CountEnd;
        if (bytes.Length < CountEnd)
        {
            return 0;
        }

        NeededBytes = CountEnd + ReadLength(bytes.Span[1..], CountEnd);
        if (bytes.Length < NeededBytes)
        {
            return 0;
        }

        message = RaftWire.DecodeMessage(bytes[CountEnd..NeededBytes]);
        term = message.Term;
        index = message.Entries.IsEmpty ? message.Index : message.Entries.Span[^1].Index;
        return NeededBytes;
    }

    private int TryEntries(ReadOnlyMemory<byte> bytes, ref Message message)
    {
        if (!TryMeasure(bytes.Span))
        {
            return 0;
        }

        ReadOnlySpan<byte> span = bytes.Span;
        Entry[] entries = new Entry[(int)BinaryPrimitives.ReadUInt64BigEndian(span[1..])];
        int position = CountEnd;
        for (int i = 0; i < entries.Length; i++)
        {
            int size = (int)BinaryPrimitives.ReadUInt64BigEndian(span[position..]);
            position += LengthBytes;
            entries[i] = RaftWire.DecodeEntry(bytes.Slice(position, size));
            position += size;
        }

        message = new Message
        {
            Type = MessageType.Append,
            From = remote,
            To = local,
            Term = term,
            LogTerm = term,
            Index = index,
            Entries = entries,
            Commit = BinaryPrimitives.ReadUInt64BigEndian(span[position..]),
        };
        index += (ulong)entries.Length;
        measured = 0;
        return position + LengthBytes;
    }

    /// <summary>Walks over the entries that are there. False while some are missing.</summary>
    private bool TryMeasure(ReadOnlySpan<byte> bytes)
    {
        if (measured == 0)
        {
            NeededBytes = CountEnd;
            if (bytes.Length < CountEnd)
            {
                return false;
            }

            entriesLeft = ReadCount(bytes[1..]);
            measured = CountEnd;
        }

        while (entriesLeft > 0)
        {
            NeededBytes = measured + LengthBytes;
            if (bytes.Length < NeededBytes)
            {
                return false;
            }

            NeededBytes += ReadLength(bytes[measured..], NeededBytes);
            if (bytes.Length < NeededBytes)
            {
                return false;
            }

            measured = NeededBytes;
            entriesLeft--;
        }

        NeededBytes = measured + LengthBytes;
        return bytes.Length >= NeededBytes;
    }

    private static int ReadCount(ReadOnlySpan<byte> bytes)
    {
        // Counted before they are made: an empty one costs the sender eight bytes, and this member several times as much.
        const ulong Most = RaftWire.MaxEntries;
        ulong count = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return count <= Most
            ? (int)count
            : throw new MalformedMessageException(
                string.Create(CultureInfo.InvariantCulture, $"a frame of {count} entries; at most {Most} are taken"));
    }
}
