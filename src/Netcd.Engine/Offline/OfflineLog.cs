using Microsoft.Extensions.Logging;

namespace Netcd.Engine.Offline;

/// <summary>What is logged of work on the files of a member that is not running; listed in docs/logs.md.</summary>
internal static partial class OfflineLog
{
    [LoggerMessage(3501, LogLevel.Information, "restoring snapshot")]
    public static partial void RestoringSnapshot(this ILogger log, string path, string walDir, string dataDir, string snapDir);

    [LoggerMessage(3502, LogLevel.Information, "Trimming membership information from the backend...")]
    public static partial void TrimmingMembership(this ILogger log);

    [LoggerMessage(3503, LogLevel.Information, "bumping latest revision")]
    public static partial void BumpingRevision(this ILogger log, long latestRevision, ulong bumpAmount, long newLatestRevision);

    [LoggerMessage(3504, LogLevel.Information, "marking revision compacted")]
    public static partial void MarkingRevisionCompacted(this ILogger log, long revision);

    [LoggerMessage(3505, LogLevel.Information, "added member")]
    public static partial void AddedRestoredMember(
        this ILogger log, string clusterId, string localMemberId, string addedPeerId, IReadOnlyList<string> addedPeerPeerUrls,
        bool addedPeerIsLearner);

    [LoggerMessage(3506, LogLevel.Information, "restored snapshot")]
    public static partial void RestoredSnapshot(this ILogger log, string path, string walDir, string dataDir, string snapDir);

    [LoggerMessage(3507, LogLevel.Information, "storage version up-to-date")]
    public static partial void StorageVersionIsUpToDate(this ILogger log, string storageVersion);

    [LoggerMessage(3508, LogLevel.Information, "updated storage version")]
    public static partial void UpdatedStorageVersion(this ILogger log, string newStorageVersion);

    [LoggerMessage(3509, LogLevel.Information, "normal migrate failed, trying with force")]
    public static partial void MigratingByForce(this ILogger log, string error);

    [LoggerMessage(3510, LogLevel.Warning, "forcefully set storage version")]
    public static partial void ForcedStorageVersion(this ILogger log, string storageVersion);

    [LoggerMessage(3511, LogLevel.Warning, "forcefully cleared storage version")]
    public static partial void ClearedStorageVersion(this ILogger log);

    [LoggerMessage(3512, LogLevel.Information, "ignoring EntryConfChange raft entry")]
    public static partial void IgnoringConfChange(this ILogger log, ulong index);

    [LoggerMessage(3513, LogLevel.Information, "ignoring member attribute update on")]
    public static partial void IgnoringMemberAttributes(this ILogger log, ulong index);
}
