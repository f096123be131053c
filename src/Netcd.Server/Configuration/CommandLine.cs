namespace Netcd.Server.Configuration;

/// <summary>Reads the command line as Go's flags do, and with their messages.</summary>
internal static class CommandLine
{
    /// <summary>Commands of etcd that are not flags.</summary>
    private static readonly string[] Commands = ["gateway", "grpc-proxy"];

    /// <summary>Reads flags into settings.</summary>
    /// <param name="arguments">The command line without the program's name.</param>
    /// <param name="settings">Takes what is set.</param>
    /// <returns>Whether help is asked for.</returns>
    /// <exception cref="ConfigurationException">The line cannot be read.</exception>
    public static bool Read(IReadOnlyList<string> arguments, Settings settings)
    {
        int next = 0;
        while (next < arguments.Count)
        {
            string argument = arguments[next];
            if (argument.Length < 2 || argument[0] != '-')
            {
                throw NotAFlag(argument);
            }

            next++;
            if (argument == "--")
            {
                return next < arguments.Count ? throw NotAFlag(arguments[next]) : false;
            }

            (string name, string? value) = Split(argument);
            if (FlagTable.Find(name) is not { } flag)
            {
                return name is "help" or "h" ? true : throw WrongUsage("flag provided but not defined: -" + name);
            }

            if (value is null && flag.Kind is not (FlagKind.Switch or FlagKind.Ignored))
            {
                value = next < arguments.Count ? arguments[next++] : throw WrongUsage("flag needs an argument: -" + name);
            }

            Set(settings, flag, value ?? "true");
        }

        return false;
    }

    private static void Set(Settings settings, Flag flag, string value)
    {
        if (FlagText.Check(flag, value) is { } error)
        {
            throw WrongUsage(flag.Kind == FlagKind.Switch
                ? $"invalid boolean value \"{value}\" for -{flag.Name}: {error}"
                : $"invalid value \"{value}\" for flag -{flag.Name}: {error}");
        }

        settings.Set(flag, value);
    }

    private static (string Name, string? Value) Split(string argument)
    {
        string text = argument[(argument[1] == '-' ? 2 : 1)..];
        if (text.Length == 0 || text[0] is '-' or '=')
        {
            throw WrongUsage("bad flag syntax: " + argument);
        }

        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (text, null) : (text[..equals], text[(equals + 1)..]);
    }

    private static ConfigurationException NotAFlag(string argument) =>
        new(Commands.Contains(argument) ? $"netcd does not have etcd's command '{argument}'" : $"'{argument}' is not a valid flag");

    private static ConfigurationException WrongUsage(string message) =>
        new(message + "\n" + HelpText.Usage, ConfigurationException.WrongUsage);
}
