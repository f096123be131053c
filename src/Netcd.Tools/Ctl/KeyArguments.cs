using Netcd.Client;
using Netcd.Engine.Text;
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

        byte[] key = GoQuoted.BytesOf(arguments[0]);
        return prefix ? KeyRange.Prefix(key)
            : fromKey ? KeyRange.From(key)
            : arguments.Count > 1 && arguments[1].Length > 0 ? KeyRange.Between(key, GoQuoted.BytesOf(arguments[1]))
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
    public static string? TryHex(string text, out ulong value) =>
        GoText.NumberFault("ParseUint", text, GoNumber.TryReadUnsigned(text, 16, out value));

    private static string? TryHex(string text, out long value) =>
        GoText.NumberFault("ParseInt", text, GoNumber.TryReadSigned(text, 16, out value));
}
