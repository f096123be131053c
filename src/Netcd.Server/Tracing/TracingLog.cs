using Microsoft.Extensions.Logging;

namespace Netcd.Server.Tracing;

/// <summary>What is logged of the sending of traces; listed in docs/logs.md.</summary>
internal static partial class TracingLog
{
    [LoggerMessage(3301, LogLevel.Debug, "distributed tracing enabled")]
    public static partial void EnabledTracing(
        this ILogger log, string address, string serviceName, string serviceInstanceId, long samplingRate);

    [LoggerMessage(3302, LogLevel.Warning, "failed to export traces; dropping what does not fit into the queue")]
    public static partial void FailedToExportTraces(this ILogger log, string address);

    [LoggerMessage(3303, LogLevel.Information, "exporting traces again")]
    public static partial void ExportingTracesAgain(this ILogger log, string address);
}
