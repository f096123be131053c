using Microsoft.Extensions.Logging;

namespace Netcd.Server.Configuration;

/// <summary>The least level that is logged, which can be changed while the server runs; from any thread.</summary>
/// <param name="least">The level at first.</param>
public sealed class LogLevelSwitch(LogLevel least)
{
    private volatile LogLevel least = least;

    /// <summary>The least level that is logged.</summary>
    public LogLevel Least
    {
        get => least;
        set => least = value;
    }

    /// <summary>Reads a level by its name, as <c>--log-level</c> has them, in small letters or capitals; null where there is none of it.
    /// </summary>
    public static LogLevel? Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToUpperInvariant() switch
        {
            "DEBUG" or "TRACE" => LogLevel.Debug,
            "INFO" or "NOTICE" => LogLevel.Information,
            "WARN" or "WARNING" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "DPANIC" or "PANIC" or "FATAL" or "CRITICAL" => LogLevel.Critical,
            _ => null,
        };
    }

    /// <summary>The name of a level in a line of the log.</summary>
    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
