using Microsoft.Extensions.Logging;

namespace Netcd.Engine.Backend;

/// <summary>What is logged of defragmentations; listed in docs/logs.md.</summary>
internal static partial class BackendLog
{
    [LoggerMessage(1901, LogLevel.Information, "starting defragment")]
    public static partial void StartingDefragment(this ILogger log);

    [LoggerMessage(1902, LogLevel.Information, "defragmenting")]
    public static partial void Defragmenting(
        this ILogger log, string path, long currentDbSizeBytes, ByteCount currentDbSize, long currentDbSizeInUseBytes,
        ByteCount currentDbSizeInUse);

    [LoggerMessage(1903, LogLevel.Information, "finished defragmenting directory")]
    public static partial void FinishedDefragmentingDirectory(
        this ILogger log, string path, long currentDbSizeBytesDiff, long currentDbSizeBytes, ByteCount currentDbSize,
        long currentDbSizeInUseBytesDiff, long currentDbSizeInUseBytes, ByteCount currentDbSizeInUse, TimeSpan? took, long writtenBytes);

    [LoggerMessage(1904, LogLevel.Information, "finished defragment")]
    public static partial void FinishedDefragment(this ILogger log);

    [LoggerMessage(1905, LogLevel.Warning, "failed to defragment")]
    public static partial void FailedToDefragment(this ILogger log, string error);

    [LoggerMessage(1906, LogLevel.Information, "Skipping defragmentation")]
    public static partial void SkippingDefragmentation(
        this ILogger log, long currentDbSizeBytes, ByteCount currentDbSize, long currentDbSizeInUseBytes, ByteCount currentDbSizeInUse,
        long bootstrapDefragThresholdBytes, ByteCount bootstrapDefragThreshold);
}
