using System.Buffers.Binary;
using System.Text;

namespace Netcd.Fuzzing;

/// <summary>HTTP/2 spoken by hand: what no client library does.</summary>
internal static class Http2Frames
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte WindowUpdate = 8;

    /// <summary>The flag of a header block that has no continuation.</summary>
    public const byte EndHeaders = 4;

    /// <summary>The flag of a stream's last frame.</summary>
    public const byte EndStream = 1;

    /// <summary>What a connection begins with.</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>The headers of a gRPC call.</summary>
    public static byte[] RequestBlock(string path) =>
    [
        0x83, 0x86, // POST, http
        0x04, .. Text(path),
        0x01, .. Text("localhost"),
        0x0f, 0x10, .. Text("application/grpc"), // content-type, static entry 31
        0x00, .. Text("te"), .. Text("trailers"),
    ];

    /// <summary>A string without Huffman code, of less than 16 KB.</summary>
    public static byte[] Text(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        if (bytes.Length < 127)
        {
            return [(byte)bytes.Length, .. bytes];
        }

        int rest = bytes.Length - 127;
        return [127, (byte)(0x80 | (rest & 0x7f)), (byte)(rest >> 7), .. bytes];
    }

    /// <summary>A frame.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
