using System.Globalization;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

namespace Netcd.Engine.Node.Stages;

/// <summary>What is logged of the stages' work; listed in docs/logs.md.</summary>
internal static partial class StageLog
{
    [LoggerMessage(1201, LogLevel.Information, "saved snapshot")]
    public static partial void SavedSnapshot(this ILogger log, ulong snapshotIndex);

    [LoggerMessage(1202, LogLevel.Error, "refusing writes until there is room, or a file descriptor, for the next segment of the log")]
    public static partial void LogLacksRoom(this ILogger log);

    [LoggerMessage(1203, LogLevel.Information, "found room for the log again")]
    public static partial void LogHasRoom(this ILogger log);

    [LoggerMessage(1204, LogLevel.Error, "refusing writes until there is room for the backend")]
    public static partial void BackendLacksRoom(this ILogger log, string error);

    [LoggerMessage(1205, LogLevel.Information, "found room for the backend again")]
    public static partial void BackendHasRoom(this ILogger log);

    [LoggerMessage(1206, LogLevel.Error, "passed over an entry that makes no sense")]
    public static partial void PassedOverEntry(this ILogger log, ulong entryIndex, ulong entryTerm, string? error);

    [LoggerMessage(1207, LogLevel.Information, "counting the time of leases")]
    public static partial void CountingLeases(this ILogger log, int numberOfLeases, ulong term);

    [LoggerMessage(1209, LogLevel.Warning,
        "leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk")]
    public static partial void SentHeartbeatLate(
        this ILogger log, HexId to, TimeSpan heartbeatInterval, TimeSpan expectedDuration, TimeSpan exceededDuration);

    [LoggerMessage(1210, LogLevel.Information, "finished scheduled compaction")]
    public static partial void FinishedCompaction(
        this ILogger log, long compactRevision, TimeSpan? took, int numberOfKeysCompacted, uint? hash);

    [LoggerMessage(1211, LogLevel.Information, "applySnapshot: opened snapshot backend")]
    public static partial void OpenedSnapshotBackend(this ILogger log);

    [LoggerMessage(1212, LogLevel.Information, "applied snapshot")]
    public static partial void AppliedSnapshot(
        this ILogger log, ulong currentAppliedIndex, ulong incomingLeaderSnapshotIndex, ulong incomingLeaderSnapshotTerm);

    /// <summary>With the id as etcd writes those of leases.</summary>
    public static void FailedToRevokeLease(this ILogger log, long leaseId, string error) =>
        log.FailedToRevokeLease(leaseId.ToString("x16", CultureInfo.InvariantCulture), error);

    [LoggerMessage(1208, LogLevel.Warning, "failed to revoke lease")]
    private static partial void FailedToRevokeLease(this ILogger log, string leaseId, string error);
}
