using System.Globalization;
using System.Text;

namespace Netcd.Tools.Output;

/// <summary>Texts in quotes that JSON and YAML both read as the same text.</summary>
internal static class DocumentText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text that bytes are, or null where they are not a text that an editor would keep as it is.</summary>
    public static string? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return null;
        }

        string text = Strict.GetString(bytes);
        return text.Any(static character => char.IsControl(character) && character is not ('\n' or '\r' or '\t')) ? null : text;
    }

    /// <summary>A text in quotes.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"", text.Length + 2);
        foreach (char character in text)
        {
            _ = character switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when NeedsEscape(character) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>What YAML does not take as it is, or takes for the end of a line, or nobody would see.</summary>
    private static bool NeedsEscape(char character) =>
        char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff';
}
