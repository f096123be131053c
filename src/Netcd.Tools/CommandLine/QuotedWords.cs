using System.Text.RegularExpressions;

namespace Netcd.Tools.CommandLine;

/// <summary>Splits a line that was typed into words, of which some stand in quotes.</summary>
internal static partial class QuotedWords
{
    /// <summary>The words, without their quotes.</summary>
    /// <exception cref="CommandFailure">An escape within double quotes is none.</exception>
    public static string[] Of(string line) => [.. Words().Matches(line).Select(static match => Word(match.Value))];

    private static string Word(string word) => word[0] switch
    {
        '\'' => word[1..^1],
        '"' => GoQuoted.Unquote(word) ?? throw new CommandFailure(ExitCodes.InvalidInput, "invalid syntax"),
        _ => word,
    };

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|'[^']*'|[^'"\s]\S*[^'"\s]?
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Words();
}
