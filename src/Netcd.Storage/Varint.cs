using System.Numerics;

namespace Netcd.Storage;

/// <summary>
/// Protobuf's variable-length integers (protobuf encoding, "Base 128 Varints"): seven bits a byte, the lowest first, the highest bit set in
/// all bytes but the last.
/// </summary>
public static class Varint
{
    /// <summary>Bytes that the longest one takes.</summary>
    public const int MaxBytes = 10;

    /// <summary>Bytes that the value takes: 1 to 10.</summary>
    public static int Length(ulong value) => (70 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Writes the value.</summary>
    /// <param name="target">Takes the bytes; it must have room for them.</param>
    /// <param name="value">The value.</param>
    /// <returns>The bytes taken.</returns>
    public static int Write(Span<byte> target, ulong value)
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

    /// <summary>Reads a value; false where the bytes end within it or it overflows 64 bits.</summary>
    /// <param name="source">Begins with it.</param>
    /// <param name="value">The value.</param>
    /// <param name="length">The bytes that it takes.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong value, out int length)
    {
        value = 0;
        int limit = Math.Min(source.Length, MaxBytes);
        for (length = 0; length < limit;)
        {
            byte part = source[length];
            if (length == MaxBytes - 1 && part > 1)
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

    /// <summary>Takes a value from the front; false, and nothing is taken, where the bytes end within it or it overflows 64 bits.</summary>
    /// <param name="rest">Begins with it, and with what follows afterwards.</param>
    /// <param name="value">The value.</param>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ulong value)
    {
        if (!TryRead(rest, out value, out int length))
        {
            return false;
        }

        rest = rest[length..];
        return true;
    }
}
