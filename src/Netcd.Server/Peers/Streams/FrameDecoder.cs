using System.Buffers.Binary;
using System.Globalization;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Server.Peers.Streams;

/// <summary>
/// Finds the frames of one stream in what has come in. It allocates nothing before a frame is complete, so that a length that lies
/// costs nothing.
/// </summary>
/// <remarks>Messages are views of the bytes given.</remarks>
internal abstract class FrameDecoder
{
    protected const int LengthBytes = sizeof(ulong);

    /// <summary>The bytes that the frame at the front has at least, as far as is known: with fewer a try is in vain.</summary>
    public int NeededBytes { get; protected set; } = 1;

    /// <summary>The decoder of a stream between two members.</summary>
    public static FrameDecoder For(StreamKind kind, ulong local, ulong remote) =>
        kind == StreamKind.Append ? new AppendFrameDecoder(local, remote) : new MessageFrameDecoder();

    /// <summary>Takes the frame at the front.</summary>
    /// <param name="bytes">What has come in and was not taken. Until a frame is complete it only grows.</param>
    /// <param name="message">The message; a heartbeat of the stream is <see cref="LinkHeartbeat.Message"/>.</param>
    /// <returns>The bytes taken, or 0 while the frame is not complete.</returns>
    /// <exception cref="MalformedMessageException">What has come in cannot begin a frame.</exception>
    public abstract int TryDecode(ReadOnlyMemory<byte> bytes, out Message message);

    /// <summary>Reads a length, which together with what lies before it must keep the limit.</summary>
    protected static int ReadLength(ReadOnlySpan<byte> bytes, int before)
    {
        ulong length = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return before <= PeerLimits.MessageBytes && length <= (ulong)(PeerLimits.MessageBytes - before)
            ? (int)length
            : throw new MalformedMessageException(string.Create(
                CultureInfo.InvariantCulture, $"a frame of {length} bytes; at most {PeerLimits.MessageBytes} are taken"));
    }
}

/// <summary>Frames of <see cref="StreamKind.Message"/>.</summary>
internal sealed class MessageFrameDecoder : FrameDecoder
{
    public override int TryDecode(ReadOnlyMemory<byte> bytes, out Message message)
    {
        message = LinkHeartbeat.Message;
        NeededBytes = LengthBytes;
        if (bytes.Length < NeededBytes)
        {
            return 0;
        }

        NeededBytes += ReadLength(bytes.Span, LengthBytes);
        if (bytes.Length < NeededBytes)
        {
            return 0;
        }

        int taken = NeededBytes;
        message = RaftWire.DecodeMessage(bytes[LengthBytes..taken]);
        NeededBytes = LengthBytes;
        return taken;
    }
}
