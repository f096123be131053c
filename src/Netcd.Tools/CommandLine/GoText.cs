using System.Globalization;
using System.Text;
using Netcd.Engine.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>Texts within messages as Go's formats put them.</summary>
internal static class GoText
{
    /// <summary>A text in quotes.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            Append(quoted, rune, '"');
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Texts in backquotes as long as they can stand in these, in brackets.</summary>
    public static string List(IEnumerable<string> texts) =>
        "[" + string.Join(' ', texts.Select(static text => text.Any(IsNotRaw) ? Quote(text) : "`" + text + "`")) + "]";

    /// <summary>A letter in single quotes; of one beyond ASCII only the first byte is looked at.</summary>
    public static string Letter(char letter)
    {
        StringBuilder quoted = new("'");
        Append(quoted, new Rune(Encoding.UTF8.GetBytes([letter])[0]), '\'');
        return quoted.Append('\'').ToString();
    }

    /// <summary>What Go says of a text that is no number.</summary>
    public static string? NumberFault(string reader, string text, string? fault) => fault switch
    {
        null => null,
        GoNumber.RangeError => $"strconv.{reader}: parsing {Quote(text)}: value out of range",
        _ => $"strconv.{reader}: parsing {Quote(text)}: invalid syntax",
    };

    private static bool IsNotRaw(char character) => character is '`' or '\x7f' || (character < ' ' && character != '\t');

    private static void Append(StringBuilder target, Rune rune, char quote)
    {
        string? escaped = rune.Value switch
        {
            '\a' => "\\a",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\v' => "\\v",
            '\\' => @"\\",
            _ when rune.Value == quote => "\\" + quote,
            < ' ' or 0x7f => $"\\x{rune.Value:x2}",
            _ => null,
        };
        target.Append(escaped ?? (IsPrinted(rune) ? rune.ToString() : rune.Value > 0xffff ? $"\\U{rune.Value:x8}" : $"\\u{rune.Value:x4}"));
    }

    private static bool IsPrinted(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);
}
