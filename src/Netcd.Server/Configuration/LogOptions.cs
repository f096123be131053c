using Microsoft.Extensions.Logging;

namespace Netcd.Server.Configuration;

/// <summary>What is logged, where and how.</summary>
internal sealed record LogOptions(LogLevel Level, IReadOnlyList<string> Outputs, LogFormat Format, LogRotation? Rotation)
{
    private const string DefaultOutput = "default";

    /// <summary>Reads them from settings.</summary>
    /// <exception cref="ConfigurationException">A word is unknown.</exception>
    public static LogOptions From(Settings settings)
    {
        if (settings.Text("logger") is not "zap" and var logger)
        {
            throw new ConfigurationException($"unknown logger option \"{logger}\"");
        }

        IReadOnlyList<string> outputs = settings.Texts("log-outputs");
        if (outputs.Count == 0)
        {
            outputs = !settings.IsSet("log-outputs")
                ? [DefaultOutput]
                : throw new ConfigurationException("open sink \"\": open : no such file or directory");
        }
        else if (outputs.Count > 1 && outputs.Contains(DefaultOutput))
        {
            throw new ConfigurationException("multi logoutput for \"default\" is not supported yet");
        }

        if (outputs.Count > 1 && outputs.Contains(LogTargets.Journal))
        {
            throw new ConfigurationException(
                "running with systemd/journal but other '--log-outputs' values "
                    + $"([{string.Join(' ', outputs.Select(static output => $"\"{output}\""))}]) are configured with 'default'; "
                    + "override 'default' value with something else");
        }

        LogRotation? rotation = ReadRotation(settings, outputs);
        return new LogOptions(ReadLevel(settings.Text("log-level")), outputs, ReadFormat(settings.Text("log-format")), rotation);
    }

    /// <summary>One file at the most can be rotated, and one must be there.</summary>
    private static LogRotation? ReadRotation(Settings settings, IReadOnlyList<string> outputs)
    {
        if (!settings.Boolean("enable-log-rotation"))
        {
            return null;
        }

        return outputs.Count(LogTargets.IsFile) == 1
            ? LogRotation.Parse(settings.Text("log-rotation-config-json"))
            : throw new ConfigurationException(
                "--log-outputs requires a single file path when --log-rotate-config-json is defined");
    }

    private static LogLevel ReadLevel(string text) => text switch
    {
        "debug" => LogLevel.Debug,
        "info" or "" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "dpanic" or "panic" or "fatal" => LogLevel.Critical,
        _ => throw new ConfigurationException($"unrecognized level: \"{text}\""),
    };

    private static LogFormat ReadFormat(string text) => text switch
    {
        "json" or "" => LogFormat.Json,
        "console" => LogFormat.Console,
        _ => throw new ConfigurationException($"unknown log format: {text}, supported values json, console"),
    };
}
