using System.Buffers.Binary;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Server.Peers.Streams;

/// <summary>Turns messages into the frames of one stream. A frame is sized first, then written straight to where it leaves from.</summary>
internal abstract class FrameEncoder
{
    public const int LengthBytes = sizeof(ulong);

    public static FrameEncoder For(StreamKind kind) => kind == StreamKind.Append ? new AppendFrameEncoder() : new MessageFrameEncoder();

    /// <summary>The bytes of the frame that this message makes next.</summary>
    public abstract int SizeOf(Message message);

    /// <summary>Writes the frame into the start of <paramref name="target"/>, which has room for it.</summary>
    /// <returns>The number of bytes written.</returns>
    public abstract int Write(Message message, Span<byte> target);

    /// <summary>A length and the message: 8 bytes big-endian, then as many.</summary>
    protected static int WriteWhole(Message message, Span<byte> target)
    {
        int size = RaftWire.Write(message, target[LengthBytes..]);
        BinaryPrimitives.WriteUInt64BigEndian(target, (ulong)size);
        return LengthBytes + size;
    }
}

/// <summary>Frames of <see cref="StreamKind.Message"/>, and the head of a snapshot.</summary>
internal sealed class MessageFrameEncoder : FrameEncoder
{
    public override int SizeOf(Message message) => LengthBytes + RaftWire.Size(message);

    public override int Write(Message message, Span<byte> target) => WriteWhole(message, target);
}

/// <summary>
/// Frames of <see cref="StreamKind.Append"/>. Both ends keep the term and the index that the stream stands at; an append of the
/// leader's own term that goes on from there is sent as its entries and commit index alone.
/// </summary>
internal sealed class AppendFrameEncoder : FrameEncoder
{
    private ulong term;
    private ulong index;

    public override int SizeOf(Message message)
    {
        if (LinkHeartbeat.Is(message))
        {
            return 1;
        }

        return Continues(message) ? SizeOfEntries(message) : 1 + LengthBytes + RaftWire.Size(message);
    }

    public override int Write(Message message, Span<byte> target)
    {
        if (LinkHeartbeat.Is(message))
        {
            target[0] = AppendFrames.Heartbeat;
            return 1;
        }

        if (Continues(message))
        {
            target[0] = AppendFrames.Entries;
            return 1 + WriteEntries(message, target[1..]);
        }

        target[0] = AppendFrames.Whole;
        term = message.Term;
        index = message.Entries.IsEmpty ? message.Index : message.Entries.Span[^1].Index;
        return 1 + WriteWhole(message, target[1..]);
    }

    private static int SizeOfEntries(Message message)
    {
        int size = 1 + LengthBytes + LengthBytes;
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            size += LengthBytes + RaftWire.Size(in entry);
        }

        return size;
    }

    private bool Continues(Message message) => index == message.Index && term == message.LogTerm && message.LogTerm == message.Term;

    private int WriteEntries(Message message, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, (ulong)message.Entries.Length);
        int position = LengthBytes;
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            int size = RaftWire.Write(in entry, target[(position + LengthBytes)..]);
            BinaryPrimitives.WriteUInt64BigEndian(target[position..], (ulong)size);
            position += LengthBytes + size;
        }

        index += (ulong)message.Entries.Length;
        BinaryPrimitives.WriteUInt64BigEndian(target[position..], message.Commit);
        return position + LengthBytes;
    }
}

/// <summary>The kinds of frames of <see cref="StreamKind.Append"/>: a frame's first byte.</summary>
internal static class AppendFrames
{
    /// <summary>Nothing follows.</summary>
    public const byte Heartbeat = 0;

    /// <summary>A number of entries, the entries each with its length, the commit index.</summary>
    public const byte Entries = 1;

    /// <summary>A length and a whole message.</summary>
    public const byte Whole = 2;
}
