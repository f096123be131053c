using Netcd.Client;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>Keys as arguments name them.</summary>
internal static class KeyArguments
{
    /// <summary>A key, the keys between two, those with a prefix, or those from one on.</summary>
    /// <exception cref="CommandFailure">Arguments and flags do not go together.</exception>
    public static KeyRange Range(IReadOnlyList<string> arguments, bool prefix, bool fromKey)
    {
        if (prefix && fromKey)
        {
            throw new CommandFailure(
                ExitCodes.BadArguments, "`--prefix` and `--from-key` cannot be set at the same time, choose one");
        }

        if (arguments.Count > 1 && (prefix || fromKey))
        {
            throw new CommandFailure(
                ExitCodes.BadArguments, "too many arguments, only accept one argument when `--prefix` or `--from-key` is set");
        }

        string key = arguments[0];
        return prefix ? KeyRange.Prefix(key)
            : fromKey ? KeyRange.From(key)
            : arguments.Count > 1 && arguments[1].Length > 0 ? KeyRange.Between(key, arguments[1])
            : KeyRange.Key(key);
    }

    /// <summary>A lease's id.</summary>
    /// <exception cref="CommandFailure">It is none.</exception>
    public static long Lease(string text, string message) => TryHex(text, out long id) is { } fault
        ? throw new CommandFailure(ExitCodes.BadArguments, $"{message} ({fault}), expecting ID in Hex")
        : id;

    /// <summary>A member's id.</summary>
    /// <exception cref="CommandFailure">It is none.</exception>
    public static ulong Member(string text) => TryHex(text, out ulong id) is { } fault
        ? throw new CommandFailure(ExitCodes.BadArguments, $"bad member ID arg ({fault}), expecting ID in Hex")
        : id;

    /// <summary>Reads an unsigned hexadecimal number.</summary>
    /// <returns>What Go says of it, or null.</returns>
    public static string? TryHex(string text, out ulong value) => Fault("ParseUint", text, TryDigits(text, out value));

    private static string? TryHex(string text, out long value)
    {
        bool isNegative = text.StartsWith('-');
        string digits = isNegative || text.StartsWith('+') ? text[1..] : text;
        bool? isInRange = TryDigits(digits, out ulong read);
        ulong most = isNegative ? 1UL << 63 : long.MaxValue;
        value = isNegative ? -(long)read : (long)read;
        return Fault("ParseInt", text, isInRange is true && read > most ? false : isInRange);
    }

    /// <summary>Whether the digits are in range; null where they are none.</summary>
    private static bool? TryDigits(string digits, out ulong value)
    {
        value = 0;
        if (digits.Length == 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        string significant = digits.TrimStart('0');
        if (significant.Length > 16)
        {
            return false;
        }

        value = significant.Length == 0 ? 0 : Convert.ToUInt64(significant, 16);
        return true;
    }

    private static string? Fault(string reader, string text, bool? isInRange) => isInRange switch
    {
        true => null,
        false => $"strconv.{reader}: parsing {GoText.Quote(text)}: value out of range",
        null => $"strconv.{reader}: parsing {GoText.Quote(text)}: invalid syntax",
    };
}
