using System.Globalization;
using System.Text;

namespace Netcd.Server.Gateway;

/// <summary>Why a string that is well formed as JSON is not text: half a pair of surrogates, or bytes that are not UTF-8.</summary>
internal static class JsonStringFault
{
    private const int EscapeLength = 6;

    /// <summary>The fault as protojson names it.</summary>
    /// <param name="text">From the string's opening quote on, to the end of the message.</param>
    /// <returns>What is wrong; null where the message ends before a second surrogate could come.</returns>
    public static string? Describe(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = text[1..];
        while (rest[0] != (byte)'"')
        {
            if (rest[0] != (byte)'\\')
            {
                if (Rune.DecodeFromUtf8(rest, out _, out int length) != System.Buffers.OperationStatus.Done)
                {
                    break;
                }

                rest = rest[length..];
                continue;
            }

            if (rest[1] != (byte)'u')
            {
                rest = rest[2..];
                continue;
            }

            int first = CodeUnit(rest);
            rest = rest[EscapeLength..];
            if (first is < 0xD800 or > 0xDFFF)
            {
                continue;
            }

            if (rest.Length < EscapeLength)
            {
                return null;
            }

            bool isPair = first < 0xDC00 && rest.StartsWith("\\u"u8) && CodeUnit(rest) is >= 0xDC00 and <= 0xDFFF;
            if (!isPair)
            {
                return $"invalid escape code {Quote(rest[..EscapeLength])} in string";
            }

            rest = rest[EscapeLength..];
        }

        return "invalid UTF-8 in string";
    }

    /// <summary>The number of an escape such as \u005a; -1 where it is not one.</summary>
    private static int CodeUnit(ReadOnlySpan<byte> escape) =>
        int.TryParse(escape[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int unit) ? unit : -1;

    /// <summary>Bytes in quotes, as Go prints them.</summary>
    private static string Quote(ReadOnlySpan<byte> bytes)
    {
        StringBuilder quoted = new("\"");
        while (!bytes.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            quoted.Append(rune.Value switch
            {
                _ when !isText => string.Concat(bytes[..length].ToArray().Select(value => $"\\x{value:x2}")),
                '"' or '\\' => "\\" + (char)rune.Value,
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => rune.ToString(),
            });
            bytes = bytes[length..];
        }

        return quoted.Append('"').ToString();
    }
}
