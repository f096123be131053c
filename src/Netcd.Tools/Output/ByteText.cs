using System.Text;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Output;

/// <summary>Keys and values as people read them.</summary>
internal static class ByteText
{
    /// <summary>Every byte as <c>\x0a</c>.</summary>
    public static string Hex(ReadOnlyMemory<byte> bytes)
    {
        StringBuilder text = new(bytes.Length * 4);
        foreach (byte value in bytes.Span)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }

        return text.ToString();
    }

    /// <summary>As Go's <c>%q</c> has it: what is no UTF-8 stays as bytes.</summary>
    public static string Quote(ReadOnlyMemory<byte> bytes)
    {
        StringBuilder text = new("\"");
        ReadOnlySpan<byte> rest = bytes.Span;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(GoText.Quote(rune.ToString())[1..^1]);
            }
            else
            {
                length = 1;
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{rest[0]:x2}");
            }

            rest = rest[length..];
        }

        return text.Append('"').ToString();
    }
}
