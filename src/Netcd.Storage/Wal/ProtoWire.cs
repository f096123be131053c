using System.Numerics;

namespace Netcd.Storage.Wal;

/// <summary>The few parts of protobuf's wire format that the log and the snapshot files are made of.</summary>
internal static class ProtoWire
{
    /// <summary>Bytes that the longest varint takes.</summary>
    public const int MaxVarintBytes = 10;

    /// <summary>The key byte of a varint field numbered below 16.</summary>
    public static byte VarintKey(int field) => (byte)(field << 3);

    /// <summary>The key byte of a length-delimited field numbered below 16.</summary>
    public static byte BytesKey(int field) => (byte)((field << 3) | 2);

    /// <summary>Bytes that the value takes as a varint: 1 to 10.</summary>
    public static int VarintLength(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Writes the value and returns the bytes taken.</summary>
    public static int WriteVarint(Span<byte> target, ulong value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            target[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[at] = (byte)value;
        return at + 1;
    }

    /// <summary>Writes a varint field and returns the bytes taken.</summary>
    public static int WriteField(Span<byte> target, int field, ulong value)
    {
        target[0] = VarintKey(field);
        return 1 + WriteVarint(target[1..], value);
    }

    /// <summary>Writes the key and the length of a length-delimited field and returns the bytes taken.</summary>
    public static int WriteBytesHead(Span<byte> target, int field, int length)
    {
        target[0] = BytesKey(field);
        return 1 + WriteVarint(target[1..], (ulong)length);
    }

    /// <summary>Reads a varint; false where the bytes end within it or it overflows 64 bits.</summary>
    public static bool TryReadVarint(ReadOnlySpan<byte> source, out ulong value, out int length)
    {
        value = 0;
        int limit = Math.Min(source.Length, MaxVarintBytes);
        for (length = 0; length < limit;)
        {
            byte part = source[length];
            if (length == MaxVarintBytes - 1 && part > 1)
            {
                return false;
            }

            value |= (ulong)(part & 0x7f) << (7 * length);
            length++;
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
