namespace Netcd.Server.Auth;

/// <summary>
/// The text of a bcrypt hash: <c>$2a$10$</c>, 22 characters of salt and 31 of hash, in bcrypt's own base 64. Read as leniently as Go
/// does, so that <c>$2b$</c> and <c>$2y$</c> of other programs count too.
/// </summary>
internal static class BcryptText
{
    public const int SaltBytes = 16;

    /// <summary>A hash that is written here.</summary>
    public const int Length = PrefixLength + SaltLength + HashLength;

    private const int HashBytes = 23;
    private const int PrefixLength = 7;
    private const int SaltLength = 22;
    private const int HashLength = 31;

    private static ReadOnlySpan<byte> Alphabet => "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8;

    public static byte[] Write(int cost, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> hash)
    {
        byte[] text = new byte[Length];
        "$2a$00$"u8.CopyTo(text);
        text[4] += (byte)(cost / 10);
        text[5] += (byte)(cost % 10);
        Encode(salt, text.AsSpan(PrefixLength, SaltLength));
        Encode(hash[..HashBytes], text.AsSpan(PrefixLength + SaltLength));
        return text;
    }

    /// <summary>The text of the hash alone, to compare with what <see cref="TryRead"/> finds.</summary>
    public static void EncodeHash(ReadOnlySpan<byte> hash, Span<byte> text) => Encode(hash[..HashBytes], text[..HashLength]);

    /// <summary>Takes a hash to pieces.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out int cost, Span<byte> salt, out ReadOnlySpan<byte> hash)
    {
        cost = 0;
        hash = default;
        if (!text.StartsWith("$2"u8))
        {
            return false;
        }

        // A letter for the minor version may be missing.
        text = text.Length > 2 && text[2] != '$' ? text[3..] : text[2..];
        if (text.Length != 4 + SaltLength + HashLength
            || text[0] != '$' || !IsDigit(text[1]) || !IsDigit(text[2]) || text[3] != '$')
        {
            return false;
        }

        cost = (10 * (text[1] - '0')) + text[2] - '0';
        hash = text[^HashLength..];
        return TryDecode(text.Slice(4, SaltLength), salt);
    }

    private static bool IsDigit(byte character) => character is >= (byte)'0' and <= (byte)'9';

    private static void Encode(ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        int bits = 0;
        int count = 0;
        int length = 0;
        foreach (byte value in bytes)
        {
            bits = (bits << 8) | value;
            for (count += 8; count >= 6; count -= 6)
            {
                text[length++] = Alphabet[(bits >> (count - 6)) & 63];
            }
        }

        if (count > 0)
        {
            text[length] = Alphabet[(bits << (6 - count)) & 63];
        }
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        int bits = 0;
        int count = 0;
        int length = 0;
        foreach (byte character in text)
        {
            int value = Alphabet.IndexOf(character);
            if (value < 0)
            {
                return false;
            }

            bits = (bits << 6) | value;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                bytes[length++] = (byte)(bits >> count);
            }
        }

        return true;
    }
}
