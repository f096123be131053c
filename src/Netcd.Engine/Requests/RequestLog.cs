using Microsoft.Extensions.Logging;

namespace Netcd.Engine.Requests;

/// <summary>What is logged of requests; listed in docs/logs.md.</summary>
internal static partial class RequestLog
{
    [LoggerMessage(1601, LogLevel.Warning, "apply request took too long")]
    public static partial void AppliedSlowly(
        this ILogger log, TimeSpan took, TimeSpan expectedDuration, string prefix, string request, string response, string? error);
}
