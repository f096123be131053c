using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>A comparison as <c>txn</c> reads it: <c>mod("key") > "0"</c>.</summary>
/// <param name="Target">What of the key is compared.</param>
/// <param name="Key">The key.</param>
/// <param name="Operator">How.</param>
/// <param name="Value">With what.</param>
internal sealed record ComparisonLine(string Target, string Key, string Operator, string Value)
{
    /// <summary>Reads it by the rules of Go's scanner: spaces may stand before each part, and one must before the operator.</summary>
    /// <exception cref="CommandFailure">It is none; the message says what was understood.</exception>
    public static ComparisonLine Parse(string line)
    {
        int parenthesis = line.IndexOf('(', StringComparison.Ordinal);
        if (parenthesis < 0)
        {
            throw Malformed(line);
        }

        string target = line[..parenthesis], key = "", comparison = "", value = "";
        string rest = line[(parenthesis + 1)..];
        bool isWhole = TryQuoted(ref rest, out key) && TryComparison(ref rest, out comparison) && TryQuoted(ref rest, out value);
        return isWhole
            ? new ComparisonLine(target, key, comparison, value)
            : throw Malformed($"{line}; got {target}({GoText.Quote(key)}) {comparison} {GoText.Quote(value)}");
    }

    private static bool TryComparison(ref string rest, out string comparison)
    {
        comparison = "";
        if (!rest.StartsWith(") ", StringComparison.Ordinal))
        {
            return false;
        }

        rest = rest[1..].TrimStart();
        comparison = new string([.. rest.TakeWhile(static letter => !char.IsWhiteSpace(letter))]);
        rest = rest[comparison.Length..];
        bool isSpaced = rest.Length > 0;
        return comparison.Length > 0 && isSpaced;
    }

    private static bool TryQuoted(ref string rest, out string text)
    {
        text = "";
        string quoted = rest.TrimStart();
        int end = 1;
        while (end < quoted.Length && quoted[end] != '"')
        {
            end += quoted[end] == '\\' ? 2 : 1;
        }

        if (end >= quoted.Length || quoted[0] != '"' || GoQuoted.Unquote(quoted[..(end + 1)]) is not { } read)
        {
            return false;
        }

        (text, rest) = (read, quoted[(end + 1)..]);
        return true;
    }

    private static CommandFailure Malformed(string what) => new(ExitCodes.InvalidInput, "malformed comparison: " + what);
}
