using System.Buffers.Binary;
using Google.Protobuf;

namespace Netcd.Load;

/// <summary>gRPC's framing of a message: a byte that says "not compressed", the length in four bytes, the message.</summary>
internal static class Frames
{
    public const int PrefixSize = 5;

    public static byte[] Of(IMessage message)
    {
        int size = message.CalculateSize();
        byte[] frame = new byte[PrefixSize + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        message.WriteTo(frame.AsSpan(PrefixSize));
        return frame;
    }

    /// <summary>The message within the one frame of a unary answer.</summary>
    public static ReadOnlySpan<byte> MessageOf(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < PrefixSize || frame[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(frame[1..]) != frame.Length - PrefixSize)
        {
            throw new InvalidDataException("the answer is not one whole, uncompressed gRPC frame");
        }

        return frame[PrefixSize..];
    }
}
