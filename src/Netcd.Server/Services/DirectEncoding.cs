using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Storage;

namespace Netcd.Server.Services;

/// <summary>
/// Fields of messages as answers that are encoded without a message write them. Numbers that are 0 are left out, as in proto3.
/// </summary>
internal static class DirectEncoding
{
    /// <summary>A response's header is its first field.</summary>
    public const byte HeaderTag = (1 << 3) | 2;

    public static int NumberSize(long value) => value == 0 ? 0 : 1 + Varint.Length((ulong)value);

    public static int BytesSize(int length) => 1 + Varint.Length((ulong)length) + length;

    public static int MessageSize(ResponseHeader header) => BytesSize(header.CalculateSize());

    public static void WriteNumber(ref Span<byte> target, byte tag, long value)
    {
        if (value != 0)
        {
            target[0] = tag;
            target = target[(1 + Varint.Write(target[1..], (ulong)value))..];
        }
    }

    /// <summary>Writes what stands before a part of so many bytes.</summary>
    public static void WriteLength(ref Span<byte> target, byte tag, int length)
    {
        target[0] = tag;
        target = target[(1 + Varint.Write(target[1..], (ulong)length))..];
    }

    public static void WriteBytes(ref Span<byte> target, byte tag, ReadOnlySpan<byte> bytes)
    {
        WriteLength(ref target, tag, bytes.Length);
        bytes.CopyTo(target);
        target = target[bytes.Length..];
    }

    public static void WriteMessage(ref Span<byte> target, byte tag, ResponseHeader message)
    {
        int size = message.CalculateSize();
        WriteLength(ref target, tag, size);
        message.WriteTo(target[..size]);
        target = target[size..];
    }
}
