using Netcd.Engine.Membership;
using Netcd.Engine.Text;

namespace Netcd.Server.Configuration;

/// <summary>Whether a text is a value that a flag can have.</summary>
internal static class FlagText
{
    /// <summary>Checks a text; the messages are those of Go's flags, which etcd's users know.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Check(Flag flag, string text) => flag.Kind switch
    {
        FlagKind.Switch => TryReadBoolean(text, out _) ? null : GoNumber.SyntaxError,
        FlagKind.Count => GoNumber.TryReadUnsigned(text, out _),
        FlagKind.Count32 => GoNumber.TryReadUnsigned32(text, out _),
        FlagKind.Number => GoNumber.TryReadSigned(text, out _),
        FlagKind.Duration => GoDuration.TryParse(text, out _) ? null : GoNumber.SyntaxError,
        FlagKind.Urls => MemberUrl.TryParseList(text, out _),
        FlagKind.Choice => flag.Choices.Contains(text) ? null : "invalid value",
        FlagKind.Texts when flag.Name == "cors" => CheckOrigins(text),
        _ => null,
    };

    /// <summary>Origins are URLs; an asterisk alone stands for all.</summary>
    private static string? CheckOrigins(string text) => text == "*" ? null : text.Split(',')
        .Select(origin => MemberUrl.TryParse(origin.Trim(), out _)).FirstOrDefault(error => error is not null);

    /// <summary>Reads a boolean in one of the spellings that Go takes.</summary>
    public static bool TryReadBoolean(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }
}
