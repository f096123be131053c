using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Http;

/// <summary>What is logged of clients' calls; listed in docs/logs.md.</summary>
internal static partial class CallLog
{
    [LoggerMessage(2301, LogLevel.Debug, "lost the client of a call")]
    public static partial void LostClient(this ILogger log, PathString path);

    [LoggerMessage(2302, LogLevel.Error, "failed to serve a call")]
    public static partial void FailedToServe(this ILogger log, Exception failure, PathString path);

    [LoggerMessage(2303, LogLevel.Warning, "rejecting HTTP request to prevent DNS rebinding attacks")]
    public static partial void RejectingHost(this ILogger log, string host);

    [LoggerMessage(2304, LogLevel.Debug, "request stats")]
    public static partial void ServedCall(this ILogger log, RequestStats stats);

    [LoggerMessage(2305, LogLevel.Warning, "request stats")]
    public static partial void ServedSlowly(this ILogger log, RequestStats stats);
}
