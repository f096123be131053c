using Netcd.Engine.Text;

namespace Netcd.Server.Configuration;

/// <summary>Flags of etcd that have no effect in netcd: none may be set and silently forgotten, each says what became of it.</summary>
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
                warnings.Add($"--{name} has no effect: {flag.Fate}");
                continue;
            }

            if (flag.Use == FlagUse.Obeyed || IsDefault(flag, settings.Text(name)))
            {
                continue;
            }

            warnings.Add(flag.Use == FlagUse.Warned
                ? $"--{name} has no effect: {flag.Fate}"
                : throw new ConfigurationException($"--{name} is refused: {flag.Fate}"));
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
