using System.Buffers;
using System.Buffers.Text;
using Google.Protobuf;

namespace Netcd.Server.Gateway;

/// <summary>
/// Base64 in JSON as etcd reads it, which is Go's decoder behind protojson's choice of an alphabet: line breaks are passed over
/// wherever they stand, but count when the length decides whether padding is due; bits that are left over are ignored.
/// </summary>
internal static class GoBase64
{
    private const int Quantum = 4;
    private const byte Padding = (byte)'=';

    private static readonly SearchValues<byte> Standard =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    private static readonly SearchValues<byte> UrlSafe =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private static readonly SearchValues<byte> UrlSafeOnly = SearchValues.Create("-_"u8);

    /// <summary>The bytes that a text stands for; null where it is not base64.</summary>
    public static ByteString? Decode(ReadOnlySpan<byte> text)
    {
        bool isUrlSafe = text.ContainsAny(UrlSafeOnly);
        bool isPadded = text.Length % Quantum == 0;
        byte[] bytes = GC.AllocateUninitializedArray<byte>((text.Length / Quantum * 3) + 3);

        // Whole quanta at the front, the ordinary case, go through the platform's vectorized decoder.
        int plain = text.IndexOfAnyExcept(isUrlSafe ? UrlSafe : Standard);
        plain = (plain < 0 ? text.Length : plain) / Quantum * Quantum;
        int written = 0;
        _ = isUrlSafe
            ? Base64Url.DecodeFromUtf8(text[..plain], bytes, out _, out written)
            : Base64.DecodeFromUtf8(text[..plain], bytes, out _, out written);
        return TryDecodeRest(text[plain..], isUrlSafe, isPadded, bytes.AsSpan(written), out int rest)
            ? UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(0, written + rest))
            : null;
    }

    private static bool TryDecodeRest(ReadOnlySpan<byte> text, bool isUrlSafe, bool isPadded, Span<byte> bytes, out int written)
    {
        written = 0;
        int digits = 0;
        uint bits = 0;
        for (int index = 0; index < text.Length; index++)
        {
            byte character = text[index];
            if (IsLineBreak(character))
            {
                continue;
            }

            if (character == Padding && isPadded && digits >= 2)
            {
                written += Store(bits, digits, bytes[written..]);
                return IsEnd(text[(index + 1)..], missing: Quantum - digits - 1);
            }

            int digit = Digit(character, isUrlSafe);
            if (digit < 0)
            {
                return false;
            }

            bits = (bits << 6) | (uint)digit;
            if (++digits == Quantum)
            {
                written += Store(bits, digits, bytes[written..]);
                (bits, digits) = (0, 0);
            }
        }

        bool isWhole = digits == 0 || (digits > 1 && !isPadded);
        written += isWhole ? Store(bits, digits, bytes[written..]) : 0;
        return isWhole;
    }

    /// <summary>Whether nothing is left but so much padding, and line breaks.</summary>
    private static bool IsEnd(ReadOnlySpan<byte> text, int missing)
    {
        foreach (byte character in text)
        {
            if (!IsLineBreak(character) && (character != Padding || --missing < 0))
            {
                return false;
            }
        }

        return missing == 0;
    }

    /// <summary>Stores the whole bytes of up to four digits.</summary>
    private static int Store(uint bits, int digits, Span<byte> bytes)
    {
        int count = digits * 6 / 8;
        bits <<= 6 * (Quantum - digits);
        for (int index = 0; index < count; index++)
        {
            bytes[index] = (byte)(bits >> (16 - (8 * index)));
        }

        return count;
    }

    private static bool IsLineBreak(byte character) => character is (byte)'\n' or (byte)'\r';

    private static int Digit(byte character, bool isUrlSafe) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'+' when !isUrlSafe => 62,
        (byte)'/' when !isUrlSafe => 63,
        (byte)'-' when isUrlSafe => 62,
        (byte)'_' when isUrlSafe => 63,
        _ => -1,
    };
}
