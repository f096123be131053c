using System.Buffers;
using System.Buffers.Binary;

namespace Netcd.Server.Hosting;

/// <summary>
/// Follows the frames of an HTTP/2 connection as they come in (RFC 9113, section 4.1), in pieces of any size, and counts what the
/// connection
/// is allowed a certain amount of. Whether they are right is not its concern.
/// </summary>
/// <remarks>Hot path. Budget: 40 ns a frame.</remarks>
internal sealed class Http2FrameScan(Http2Allowance allowance)
{
    private const int PrefaceBytes = 24;
    private const int HeadBytes = 9;
    private const byte Headers = 1;
    private const byte ResetStream = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte Acknowledgement = 1;

    private readonly byte[] head = new byte[HeadBytes];
    private int headBytes;

    // Before the first frame stands the preface of HTTP/2.
    private int rest = PrefaceBytes;

    /// <summary>The pings that have come in.</summary>
    public long Pings { get; private set; }

    /// <summary>The newest stream that was opened.</summary>
    public int NewestStream { get; private set; }

    /// <summary>Scans bytes until so many streams were opened or resets and the like came.</summary>
    /// <param name="bytes">What follows what was scanned.</param>
    /// <param name="most">The frames that end the scan.</param>
    /// <param name="counted">The frames that were counted.</param>
    /// <returns>The bytes that were scanned.</returns>
    public long Scan(in ReadOnlySequence<byte> bytes, int most, out int counted)
    {
        counted = 0;
        long scanned = 0;
        foreach (ReadOnlyMemory<byte> segment in bytes)
        {
            ReadOnlySpan<byte> span = segment.Span;
            scanned += Scan(span, most, ref counted);
            if (counted >= most)
            {
                break;
            }
        }

        return scanned;
    }

    private int Scan(ReadOnlySpan<byte> span, int most, ref int counted)
    {
        int at = 0;
        while (at < span.Length && counted < most)
        {
            if (rest > 0)
            {
                int skipped = Math.Min(rest, span.Length - at);
                rest -= skipped;
                at += skipped;
                continue;
            }

            int taken = Math.Min(HeadBytes - headBytes, span.Length - at);
            span.Slice(at, taken).CopyTo(head.AsSpan(headBytes));
            headBytes += taken;
            at += taken;
            if (headBytes == HeadBytes)
            {
                headBytes = 0;
                rest = (head[0] << 16) | (head[1] << 8) | head[2];
                counted += Count(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue);
            }
        }

        return at;
    }

    /// <summary>1 for a frame that counts, else 0.</summary>
    private int Count(byte type, byte flags, int stream)
    {
        switch (type)
        {
            case Headers:
                NewestStream = Math.Max(NewestStream, stream);
                allowance.Opened(stream);
                return 1;
            case ResetStream:
                allowance.Reset(stream);
                return 1;
            case Settings when (flags & Acknowledgement) == 0:
                allowance.Spend(Http2Allowance.Settings);
                return 1;
            case Ping when (flags & Acknowledgement) == 0:
                Pings++;
                allowance.Spend(Http2Allowance.Ping);
                return 1;
            default:
                return 0;
        }
    }
}
