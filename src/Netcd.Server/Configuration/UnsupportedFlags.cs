namespace Netcd.Server.Configuration;

/// <summary>Flags of etcd that have no effect in netcd: none may be set and silently forgotten.</summary>
internal static class UnsupportedFlags
{
    /// <summary>Warns of those that are set to other than their defaults, and refuses those whose absence is dangerous.</summary>
    /// <exception cref="ConfigurationException">One is refused.</exception>
    public static void Check(Settings settings, List<string> warnings)
    {
        foreach (string name in settings.Names.Order(StringComparer.Ordinal))
        {
            Flag flag = FlagTable.Find(name)!;
            if (flag.Kind == FlagKind.Ignored)
            {
                warnings.Add($"flag --{name} is ignored, as in etcd");
                continue;
            }

            if (flag.Use == FlagUse.Obeyed || IsDefault(flag, settings.Text(name)))
            {
                continue;
            }

            warnings.Add(flag.Use == FlagUse.Warned
                ? $"--{name} is not supported yet and has no effect"
                : throw new ConfigurationException(
                    $"--{name} is not supported yet: netcd does not start, as it would run otherwise than it was told"));
        }
    }

    private static bool IsDefault(Flag flag, string text)
    {
        switch (flag.Kind)
        {
            case FlagKind.Switch:
                return FlagText.TryReadBoolean(text, out bool value)
                    && FlagText.TryReadBoolean(flag.Default, out bool other) && value == other;
            case FlagKind.Duration:
                return GoDuration.TryParse(text, out TimeSpan time)
                    && GoDuration.TryParse(flag.Default, out TimeSpan usual) && time == usual;
            default:
                // An empty text asks for nothing.
                return text == flag.Default || text.Length == 0;
        }
    }
}
