using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.IO.Pipelines;
using Grpc.Core;

namespace Netcd.Server.Grpc;

/// <summary>
/// Messages in gzip's format (RFC 1952). Reading one takes no more memory than a message may have, however much it would expand to; what
/// is wrong with one is said in the words of Go's gRPC server.
/// </summary>
internal static class GzipMessage
{
    private const int HeaderBytes = 10;
    private const int TrailerBytes = 8;

    /// <summary>No client sends more than one, and each takes a decompressor.</summary>
    private const int MaxMembers = 16;

    private const int StepBytes = 8 * 1024;
    private const string EndsEarly = "unexpected EOF";
    private const string BadHeader = "gzip: invalid header";
    private const byte HasHeaderSum = 2;
    private const byte HasExtra = 4;
    private const byte HasName = 8;
    private const byte HasComment = 16;

    /// <summary>Decompresses a message.</summary>
    /// <exception cref="RpcException">It is broken, or too large.</exception>
    public static ReadOnlySequence<byte> Decompress(in ReadOnlySequence<byte> compressed, int maxBytes)
    {
        GzipInput input = new(compressed.ToArray());
        ArrayBufferWriter<byte> output = new();
        if (SkipHeader(input) is { } header)
        {
            throw Broken("failed to decompress the message", header);
        }

        string? wrong = ReadBody(input, output, maxBytes);
        for (int members = 1; wrong is null && !input.Rest.IsEmpty; members++)
        {
            // Several in a row are one.
            wrong = members == MaxMembers ? "gzip: too many members" : SkipHeader(input) ?? ReadBody(input, output, maxBytes);
        }

        return wrong is null ? new ReadOnlySequence<byte>(output.WrittenMemory) : throw Broken("failed to read decompressed data", wrong);
    }

    /// <summary>Writes a compressed message as a frame; an empty one stays as it is.</summary>
    public static void WriteFrame(PipeWriter output, ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
        {
            Frame.WriteHead(output, 0);
            return;
        }

        ReadOnlySpan<byte> bytes = Compress(message).Span;
        WriteHead(output, bytes.Length);
        output.Write(bytes);
    }

    /// <summary>Writes what stands before a compressed message.</summary>
    public static void WriteHead(PipeWriter output, int length)
    {
        Frame.WriteHead(output.GetSpan(Frame.HeadBytes), length, isCompressed: true);
        output.Advance(Frame.HeadBytes);
    }

    /// <summary>Compresses a message.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> message)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(message);
        }

        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }

    private static RpcException Broken(string what, string why) => new(new Status(StatusCode.Internal, $"grpc: {what}: {why}"));

    /// <summary>Passes over what stands before the data; null, or what is wrong with it.</summary>
    private static string? SkipHeader(GzipInput input)
    {
        ReadOnlySpan<byte> header = input.Rest;
        if (header.Length < HeaderBytes)
        {
            return header.IsEmpty ? "EOF" : EndsEarly;
        }

        byte flags = header[3];
        if (header is not [0x1f, 0x8b, 8, ..])
        {
            return BadHeader;
        }

        input.Skip(HeaderBytes);
        return ((flags & HasExtra) == 0 || SkipExtra(input)) && ((flags & HasName) == 0 || SkipText(input))
            && ((flags & HasComment) == 0 || SkipText(input))
            ? (flags & HasHeaderSum) == 0 ? null : SkipSum(input, header)
            : EndsEarly;
    }

    private static bool SkipExtra(GzipInput input)
    {
        ReadOnlySpan<byte> rest = input.Rest;
        int length = rest.Length < 2 ? int.MaxValue : 2 + BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (length > rest.Length)
        {
            return false;
        }

        input.Skip(length);
        return true;
    }

    private static bool SkipText(GzipInput input)
    {
        int end = input.Rest.IndexOf((byte)0);
        input.Skip(end + 1);
        return end >= 0;
    }

    private static string? SkipSum(GzipInput input, ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> rest = input.Rest;
        if (rest.Length < 2)
        {
            return EndsEarly;
        }

        uint sum = Crc32.HashToUInt32(header[..(header.Length - rest.Length)]);
        input.Skip(2);
        return BinaryPrimitives.ReadUInt16LittleEndian(rest) == (ushort)sum ? null : BadHeader;
    }

    /// <summary>Decompresses the data and looks at the sum behind it; null, or what is wrong with it.</summary>
    private static string? ReadBody(GzipInput input, ArrayBufferWriter<byte> output, int maxBytes)
    {
        int before = output.WrittenCount;
        if (Inflate(input, output, maxBytes) is { } wrong)
        {
            return wrong;
        }

        ReadOnlySpan<byte> trailer = input.Rest;
        if (trailer.Length < TrailerBytes)
        {
            return EndsEarly;
        }

        ReadOnlySpan<byte> data = output.WrittenSpan[before..];
        bool isIntact = BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Crc32.HashToUInt32(data)
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == (uint)data.Length;
        input.Skip(TrailerBytes);
        return isIntact ? null : "gzip: invalid checksum";
    }

    /// <summary>Decompresses the data, and leaves what is behind it; null, or what is wrong with it.</summary>
    private static string? Inflate(GzipInput input, ArrayBufferWriter<byte> output, int maxBytes)
    {
        int start = (int)input.Position;
        try
        {
            input.Begin(start, (int)input.Length - TrailerBytes - 1);
            InflateOnce(input, output, maxBytes);
            if (!input.IsExact)
            {
                // It ended before it was expected to: once more, to see where.
                input.Begin(start, input.LastRead);
                InflateOnce(input, new ArrayBufferWriter<byte>(), maxBytes);
            }

            return null;
        }
        catch (InvalidDataException)
        {
            return input.IsExhausted ? EndsEarly : "flate: corrupt input";
        }
    }

    private static void InflateOnce(GzipInput input, ArrayBufferWriter<byte> output, int maxBytes)
    {
        using DeflateStream deflate = new(input, CompressionMode.Decompress, leaveOpen: true);
        int read;
        while ((read = deflate.Read(output.GetSpan(StepBytes))) > 0)
        {
            output.Advance(read);
            if (output.WrittenCount > maxBytes)
            {
                string text = $"grpc: received message after decompression larger than max {maxBytes}";
                throw new RpcException(new Status(StatusCode.ResourceExhausted, text));
            }
        }
    }
}
