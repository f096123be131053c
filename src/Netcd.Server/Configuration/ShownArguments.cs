using System.Text.RegularExpressions;

namespace Netcd.Server.Configuration;

/// <summary>A command line as it may be shown to others: without passwords.</summary>
internal static partial class ShownArguments
{
    /// <summary>What Go shows for the password of a URL.</summary>
    private const string Hidden = "xxxxx";

    /// <summary>Flags whose value is a password.</summary>
    private static readonly string[] Secrets = ["discovery-password"];

    /// <summary>The arguments, with others in the places of passwords.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> arguments)
    {
        List<string> shown = [];
        bool isSecret = false;
        foreach (string argument in arguments)
        {
            string name = argument.TrimStart('-');
            string? known = Array.Find(Secrets, secret => name.StartsWith(secret + '=', StringComparison.Ordinal));
            shown.Add(isSecret ? Hidden
                : known is not null ? argument[..(argument.IndexOf('=', StringComparison.Ordinal) + 1)] + Hidden
                : UserInformation().Replace(argument, "$1" + Hidden + "@"));
            isSecret = !isSecret && argument.StartsWith('-') && Secrets.Contains(name);
        }

        return shown;
    }

    /// <summary>The user's name and password before the host of a URL.</summary>
    [GeneratedRegex("(://[^/?#@:,]*:)[^/?#@,]*@")]
    private static partial Regex UserInformation();
}
