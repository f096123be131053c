using System.Globalization;
using System.Text;

namespace Netcd.Tools.Output;

/// <summary>Bytes on a line of a list that people read: as they are where they are text without anything that moves the cursor, else in
/// quotes.</summary>
internal static class PrintableText
{
    /// <summary>A key, or a part of one.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isHex">Whether each byte is to be seen.</param>
    public static string Of(ReadOnlyMemory<byte> bytes, bool isHex = false) =>
        isHex ? ByteText.Hex(bytes) : IsPlain(bytes.Span) ? Encoding.UTF8.GetString(bytes.Span) : ByteText.Quote(bytes);

    /// <summary>A value, which is always in quotes, so that its end is seen.</summary>
    public static string Quoted(ReadOnlyMemory<byte> bytes, bool isHex = false) => isHex ? ByteText.Hex(bytes) : ByteText.Quote(bytes);

    private static bool IsPlain(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return false;
        }

        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) != System.Buffers.OperationStatus.Done
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                return false;
            }

            bytes = bytes[length..];
        }

        return true;
    }
}
