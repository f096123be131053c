using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

namespace Netcd.Engine.Snapshots;

/// <summary>What is logged of snapshots and their files; listed in docs/logs.md.</summary>
internal static partial class SnapshotLog
{
    [LoggerMessage(1301, LogLevel.Warning, "failed to save snapshot")]
    public static partial void FailedToSaveSnapshot(this ILogger log, ulong snapshotIndex, string error);

    [LoggerMessage(1302, LogLevel.Warning, "failed to purge old snapshots")]
    public static partial void FailedToPurge(this ILogger log, string error);

    [LoggerMessage(1303, LogLevel.Information, "purged log segments and snapshots")]
    public static partial void Purged(this ILogger log, int numberOfSegments, int numberOfSnapshots);

    [LoggerMessage(1304, LogLevel.Information, "saved a received snapshot")]
    public static partial void SavedReceivedSnapshot(this ILogger log, ulong incomingLeaderSnapshotIndex, ulong incomingLeaderSnapshotTerm);

    [LoggerMessage(1305, LogLevel.Information, "sending merged snapshot")]
    public static partial void SendingMergedSnapshot(this ILogger log, HexId from, HexId to, ulong snapshotIndex);

    [LoggerMessage(1306, LogLevel.Information, "sent merged snapshot")]
    public static partial void SentMergedSnapshot(this ILogger log, HexId to);

    [LoggerMessage(1307, LogLevel.Information, "failed to send merged snapshot")]
    public static partial void FailedToSendMergedSnapshot(this ILogger log, HexId to);
}
