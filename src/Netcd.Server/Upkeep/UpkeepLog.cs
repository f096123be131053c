using Microsoft.Extensions.Logging;

namespace Netcd.Server.Upkeep;

/// <summary>What is logged of what a member does of its own accord; listed in docs/logs.md.</summary>
internal static partial class UpkeepLog
{
    [LoggerMessage(3001, LogLevel.Information, "starting auto periodic compaction")]
    public static partial void StartingPeriodicCompaction(this ILogger log, long revision, TimeSpan compactPeriod);

    [LoggerMessage(3002, LogLevel.Information, "completed auto periodic compaction")]
    public static partial void CompletedPeriodicCompaction(this ILogger log, long revision, TimeSpan compactPeriod, TimeSpan took);

    [LoggerMessage(3003, LogLevel.Warning, "failed auto periodic compaction")]
    public static partial void FailedPeriodicCompaction(
        this ILogger log, long revision, TimeSpan compactPeriod, TimeSpan retryInterval, string error);

    [LoggerMessage(3004, LogLevel.Information, "starting auto revision compaction")]
    public static partial void StartingRevisionCompaction(this ILogger log, long revision, long revisionCompactionRetention);

    [LoggerMessage(3005, LogLevel.Information, "completed auto revision compaction")]
    public static partial void CompletedRevisionCompaction(
        this ILogger log, long revision, long revisionCompactionRetention, TimeSpan took);

    [LoggerMessage(3006, LogLevel.Warning, "failed auto revision compaction")]
    public static partial void FailedRevisionCompaction(
        this ILogger log, long revision, long revisionCompactionRetention, TimeSpan retryInterval, string error);
}
