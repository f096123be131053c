using Microsoft.Extensions.Logging;

namespace Netcd.Server.Monitoring;

/// <summary>What is logged of the pages for those who watch the member; listed in docs/logs.md.</summary>
internal static partial class MonitoringLog
{
    [LoggerMessage(2901, LogLevel.Warning, "/health error")]
    public static partial void FailedHealth(this ILogger log, string output, int statusCode);

    [LoggerMessage(2902, LogLevel.Error, "Health check error")]
    public static partial void FailedHealthCheck(this ILogger log, string path, string reason, int statusCode);

    [LoggerMessage(2903, LogLevel.Warning, "some health checks cannot be excluded")]
    public static partial void UnknownChecks(this ILogger log, IReadOnlyList<string> missingHealthChecks);

    [LoggerMessage(2904, LogLevel.Information, "serving metrics")]
    public static partial void ServingMetrics(this ILogger log, string address);

    [LoggerMessage(2906, LogLevel.Warning, "changed the level of the log")]
    public static partial void ChangedLogLevel(this ILogger log, string from, string to, string remoteAddr);

    [LoggerMessage(2905, LogLevel.Warning, "slow fdatasync")]
    public static partial void FlushedSlowly(this ILogger log, TimeSpan took, TimeSpan expectedDuration);
}
