using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Starting;

/// <summary>What is logged of the start on a data directory; listed in docs/logs.md.</summary>
internal static partial class StartLog
{
    [LoggerMessage(1001, LogLevel.Information, "starting local member")]
    public static partial void StartingMember(this ILogger log, HexId localMemberId, HexId clusterId, string initialClusterState);

    [LoggerMessage(1002, LogLevel.Information, "restarting local member")]
    public static partial void RestartingMember(
        this ILogger log, HexId clusterId, HexId localMemberId, ulong commitIndex, ulong consistentIndex);

    [LoggerMessage(1003, LogLevel.Information, "repaired WAL")]
    public static partial void RepairedLog(this ILogger log, string path, long offset, long bytes, string error);

    [LoggerMessage(1004, LogLevel.Warning, "renamed to a broken snap file")]
    public static partial void RenamedBrokenSnapshot(this ILogger log, string path, string error);

    [LoggerMessage(1005, LogLevel.Information, "Recovering from snapshot backend")]
    public static partial void ReplacingBackend(this ILogger log, ulong snapshotIndex, ulong consistentIndex);

    [LoggerMessage(1006, LogLevel.Information, "forcing restart member")]
    public static partial void ForcingNewCluster(this ILogger log, HexId localMemberId, ulong commitIndex, int numberOfDiscardedEntries);

    [LoggerMessage(
        1007, LogLevel.Information, "corrected the configuration in the backend to that of the log, as after a restore from a backup")]
    public static partial void CorrectedConfiguration(this ILogger log, ConfState confState, ulong consistentIndex, ulong term);
}
