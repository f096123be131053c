using System.Collections;

namespace Netcd.Server.Configuration;

/// <summary>Finds out what the operator wants: from a file alone, or from flags and environment.</summary>
public static class ServerConfiguration
{
    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }

    /// <summary>Reads everything, checks it as etcd does, and looks whether the member has data already.</summary>
    /// <param name="arguments">The command line without the program's name.</param>
    /// <param name="environment">The variables to look at.</param>
    /// <returns>Options to run with, or what to print and to exit with: 0 for help and version, 1 for settings that cannot be obeyed,
    /// 2 for a command line that cannot be read.</returns>
    public static ConfigurationResult Load(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        List<string> warnings = [];
        try
        {
            Settings settings = new();
            if (CommandLine.Read(arguments, settings))
            {
                return End(HelpText.Help(), warnings);
            }

            if (settings.Boolean("version"))
            {
                return End(HelpText.Version(), warnings);
            }

            string path = settings.Text("config-file");
            path = path.Length == 0 ? environment.GetValueOrDefault("ETCD_CONFIG_FILE", "") : path;
            bool isFromFile = path.Length > 0;
            if (isFromFile)
            {
                WarnOfIgnored(settings, path, warnings);
                settings = new Settings();
                ConfigurationFile.Read(path, settings, warnings);
            }
            else
            {
                EnvironmentSettings.Read(environment, settings, warnings);
            }

            UnsupportedFlags.Check(settings, warnings);
            return new ConfigurationResult(new OptionsBuilder(settings, isFromFile, environment, warnings).Build(), 0, "", warnings);
        }
        catch (ConfigurationException failure)
        {
            return new ConfigurationResult(null, failure.ExitCode, failure.Message, warnings);
        }
    }

    private static ConfigurationResult End(string message, List<string> warnings) => new(null, 0, message, warnings);

    private static void WarnOfIgnored(Settings settings, string path, List<string> warnings)
    {
        string[] ignored = [.. settings.Names.Where(name => name != "config-file").Select(name => "--" + name)];
        if (ignored.Length > 0)
        {
            warnings.Add($"settings come from {path}, ignored are {string.Join(", ", ignored)}");
        }
    }
}
