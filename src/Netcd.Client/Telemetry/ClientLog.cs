using Microsoft.Extensions.Logging;

namespace Netcd.Client.Telemetry;

/// <summary>What the client logs; listed in docs/logs.md.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(5001, LogLevel.Warning, "an endpoint failed; others are called until it answers")]
    public static partial void EndpointFailed(this ILogger log, string endpoint, string error);

    [LoggerMessage(5002, LogLevel.Information, "an endpoint answers again")]
    public static partial void EndpointAnswers(this ILogger log, string endpoint);

    [LoggerMessage(5003, LogLevel.Debug, "an attempt failed; trying again")]
    public static partial void TryingAgain(this ILogger log, string operation, string endpoint, int failedAttempts, string error);

    [LoggerMessage(5004, LogLevel.Debug, "got a token")]
    public static partial void GotToken(this ILogger log, string endpoint);

    [LoggerMessage(5005, LogLevel.Information, "calling the members that the cluster lists")]
    public static partial void ChangedEndpoints(this ILogger log, string endpoints);

    [LoggerMessage(5006, LogLevel.Information, "a stream was lost; opening another")]
    public static partial void StreamLost(this ILogger log, string operation, string error);

    [LoggerMessage(5007, LogLevel.Warning, "a lease was lost")]
    public static partial void LeaseLost(this ILogger log, string leaseId, string reason);
}
