namespace Netcd.Server.Configuration;

/// <summary>Reads the variables ETCD_… as settings.</summary>
internal static class EnvironmentSettings
{
    private const string Prefix = "ETCD_";

    /// <summary>Adds what the environment sets. Nothing may be set both there and on the command line.</summary>
    /// <exception cref="ConfigurationException">A setting comes both ways, or its value is wrong.</exception>
    public static void Read(IReadOnlyDictionary<string, string> environment, Settings settings, List<string> warnings)
    {
        Dictionary<string, Flag> flags = FlagTable.All.ToDictionary(flag => flag.EnvironmentVariable, StringComparer.Ordinal);
        List<(Flag Flag, string Value)> found = [];
        foreach ((string name, string value) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!flags.TryGetValue(name, out Flag? flag))
            {
                warnings.Add($"unrecognized environment variable {name}={value}");
            }
            else if (flag.Name == "version")
            {
                warnings.Add($"cannot set special environment variable {name}={value}");
            }
            else if (settings.IsSet(flag.Name))
            {
                throw new ConfigurationException(
                    $"conflicting environment variable \"{name}\" is shadowed by corresponding command-line flag " +
                    "(either unset environment variable or disable flag)");
            }
            else if (value.Length > 0)
            {
                found.Add((flag, value));
            }
        }

        foreach ((Flag flag, string value) in found)
        {
            settings.Set(flag, FlagText.Check(flag, value) is { } error
                ? throw new ConfigurationException($"invalid value \"{value}\" for {flag.EnvironmentVariable}: {error}")
                : value);
        }
    }
}
