using System.Globalization;
using System.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>
/// Texts in double quotes with Go's escapes. A byte that is no UTF-8 by itself (<c>\xff</c>) is half a surrogate pair in the text, which
/// text that was typed never has; <see cref="BytesOf"/> makes the byte of it again.
/// </summary>
internal static class GoQuoted
{
    private const int ByteBase = 0xdc00;

    /// <summary>What stands within the quotes.</summary>
    /// <returns>The text, or null where an escape is none.</returns>
    public static string? Unquote(string quoted)
    {
        StringBuilder text = new();
        for (int at = 1; at < quoted.Length - 1; at++)
        {
            if (quoted[at] != '\\')
            {
                text.Append(quoted[at]);
            }
            else if (!Escape(quoted.AsSpan(at + 1, quoted.Length - at - 2), text, out int length))
            {
                return null;
            }
            else
            {
                at += length;
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes of a text, which may have been in quotes.</summary>
    public static byte[] BytesOf(string text)
    {
        if (!text.Any(char.IsLowSurrogate))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        List<byte> bytes = [];
        Span<byte> encoded = stackalloc byte[4];
        for (int at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            }
            else
            {
                bytes.Add((byte)(text[at] - ByteBase));
            }

            at += length;
        }

        return [.. bytes];
    }

    /// <summary>Reads what stands behind a backslash.</summary>
    private static bool Escape(ReadOnlySpan<char> rest, StringBuilder text, out int length)
    {
        length = 1;
        char first = rest.IsEmpty ? '\0' : rest[0];
        int at = "abfnrtv\\\"".IndexOf(first, StringComparison.Ordinal);
        if (at >= 0)
        {
            text.Append("\a\b\f\n\r\t\v\\\""[at]);
            return true;
        }

        (int radix, int from, int digits) = first switch
        {
            'x' => (16, 1, 2),
            'u' => (16, 1, 4),
            'U' => (16, 1, 8),
            >= '0' and <= '7' => (8, 0, 3),
            _ => (0, 0, int.MaxValue),
        };
        if (rest.Length < (long)from + digits || !TryRead(rest.Slice(from, digits), radix, out int value))
        {
            return false;
        }

        length = from + digits;
        return first is 'u' or 'U' ? AppendRune(text, value) : AppendByte(text, value);
    }

    private static bool TryRead(ReadOnlySpan<char> digits, int radix, out int value)
    {
        if (radix == 16)
        {
            return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        value = 0;
        foreach (char digit in digits)
        {
            value = (value * 8) + (digit - '0');
            if (digit is < '0' or > '7')
            {
                return false;
            }
        }

        return true;
    }

    private static bool AppendRune(StringBuilder text, int value)
    {
        bool isValid = Rune.IsValid(value);
        text.Append(isValid ? new Rune(value).ToString() : "");
        return isValid;
    }

    private static bool AppendByte(StringBuilder text, int value)
    {
        text.Append((char)(value < 0x80 ? value : ByteBase + value));
        return value <= byte.MaxValue;
    }
}
