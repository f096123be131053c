using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

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

    [LoggerMessage(3007, LogLevel.Warning, "recovering from NOSPACE")]
    public static partial void RecoveringRoom(this ILogger log, long sizeInUseBytes, long quotaBytes);

    [LoggerMessage(3008, LogLevel.Information, "compacted to recover from NOSPACE")]
    public static partial void CompactedForRoom(this ILogger log, long revision, long sizeInUseBytes);

    [LoggerMessage(3009, LogLevel.Warning, "recovered from NOSPACE; alarm disarmed")]
    public static partial void DisarmedForRoom(this ILogger log, long sizeInUseBytes, long quotaBytes);

    [LoggerMessage(3010, LogLevel.Warning, "failed to recover from NOSPACE; will try again")]
    public static partial void FailedToRecoverRoom(this ILogger log, string error);

    [LoggerMessage(3037, LogLevel.Warning, "the history that has to be kept leaves no room; the alarm NOSPACE stays")]
    public static partial void StillShortOfRoom(this ILogger log, long sizeInUseBytes, long quotaBytes);

    [LoggerMessage(3011, LogLevel.Warning, "failed hash kv request")]
    public static partial void FailedToAskForHash(
        this ILogger log, HexId localMemberId, long requestedRevision, string remotePeerEndpoint, string error);

    [LoggerMessage(3012, LogLevel.Information, "starting initial corruption check")]
    public static partial void StartingInitialCorruptionCheck(this ILogger log, HexId localMemberId, TimeSpan timeout);

    [LoggerMessage(3013, LogLevel.Information, "initial corruption checking passed; no corruption")]
    public static partial void InitialCorruptionCheckPassed(this ILogger log, HexId localMemberId);

    [LoggerMessage(3014, LogLevel.Error, "checkInitialHashKV failed")]
    public static partial void InitialCorruptionCheckFailed(this ILogger log, string error);

    [LoggerMessage(3015, LogLevel.Warning, "found different hash values from remote peer")]
    public static partial void FoundDifferentHash(
        this ILogger log,
        HexId localMemberId,
        long localMemberRevision,
        long localMemberCompactRevision,
        uint localMemberHash,
        HexId remotePeerId,
        IReadOnlyList<string> remotePeerEndpoints,
        long remotePeerRevision,
        long remotePeerCompactRevision,
        uint remotePeerHash);

    [LoggerMessage(3016, LogLevel.Warning, "found different compact revision values from remote peer")]
    public static partial void FoundDifferentCompactRevision(
        this ILogger log,
        HexId localMemberId,
        long localMemberRevision,
        long localMemberCompactRevision,
        uint localMemberHash,
        HexId remotePeerId,
        IReadOnlyList<string> remotePeerEndpoints,
        long remotePeerRevision,
        long remotePeerCompactRevision,
        uint remotePeerHash);

    [LoggerMessage(3017, LogLevel.Warning, "cannot fetch hash from slow remote peer")]
    public static partial void PeerIsSlow(
        this ILogger log,
        HexId localMemberId,
        long localMemberRevision,
        long localMemberCompactRevision,
        uint localMemberHash,
        HexId remotePeerId,
        IReadOnlyList<string> remotePeerEndpoints,
        string error);

    [LoggerMessage(3018, LogLevel.Warning, "cannot fetch hash from remote peer; local member is behind")]
    public static partial void LocalMemberIsBehind(
        this ILogger log,
        HexId localMemberId,
        long localMemberRevision,
        long localMemberCompactRevision,
        uint localMemberHash,
        HexId remotePeerId,
        IReadOnlyList<string> remotePeerEndpoints,
        string error);

    [LoggerMessage(3019, LogLevel.Warning, "cluster ID mismatch")]
    public static partial void PeerIsOfAnotherCluster(
        this ILogger log,
        HexId localMemberId,
        long localMemberRevision,
        long localMemberCompactRevision,
        uint localMemberHash,
        HexId remotePeerId,
        IReadOnlyList<string> remotePeerEndpoints,
        string error);

    [LoggerMessage(3020, LogLevel.Information, "enabled corruption checking")]
    public static partial void EnabledCorruptionChecking(this ILogger log, HexId localMemberId, TimeSpan interval);

    [LoggerMessage(3021, LogLevel.Information, "finished peer corruption check")]
    public static partial void FinishedCorruptionCheck(this ILogger log, int numberOfPeersChecked);

    [LoggerMessage(3022, LogLevel.Warning, "failed to check hash KV")]
    public static partial void FailedToCheckHashes(this ILogger log, string error);

    [LoggerMessage(3023, LogLevel.Warning, "found hash mismatch")]
    public static partial void FoundHashMismatch(this ILogger log, ChangedHash change);

    [LoggerMessage(3024, LogLevel.Warning, "revision from follower must be less than or equal to leader's")]
    public static partial void FollowerRevisionIsAhead(this ILogger log, long leaderRevision, long followerRevision, HexId followerPeerId);

    [LoggerMessage(3025, LogLevel.Warning, "compact revision from follower must be less than or equal to leader's")]
    public static partial void FollowerCompactRevisionIsAhead(
        this ILogger log, long leaderCompactRevision, long followerCompactRevision, HexId followerPeerId);

    [LoggerMessage(3026, LogLevel.Warning, "same compact revision then hashes must match")]
    public static partial void FollowerHashDiffers(
        this ILogger log,
        long leaderCompactRevision,
        uint leaderHash,
        long followerCompactRevision,
        uint followerHash,
        HexId followerPeerId);

    [LoggerMessage(3027, LogLevel.Information, "starting compact hash check")]
    public static partial void StartingCompactHashCheck(this ILogger log, HexId localMemberId, TimeSpan timeout);

    [LoggerMessage(3028, LogLevel.Information, "finished compaction hash check")]
    public static partial void FinishedCompactHashCheck(this ILogger log, int numberOfHashesChecked);

    [LoggerMessage(3029, LogLevel.Warning, "Skipped peer's hash")]
    public static partial void SkippedPeerHash(this ILogger log, int numberOfPeers, HexId leaderId, HexId peerId, string reason);

    [LoggerMessage(3030, LogLevel.Information, "successfully checked hash on whole cluster")]
    public static partial void CheckedWholeCluster(this ILogger log, int numberOfPeersChecked, CheckedCompaction compaction);

    [LoggerMessage(3031, LogLevel.Warning, "skipped revision in compaction hash check; was not able to check all peers")]
    public static partial void SkippedCompaction(
        this ILogger log, int numberOfPeersChecked, int numberOfPeers, CheckedCompaction compaction);

    [LoggerMessage(
        3032,
        LogLevel.Error,
        "Detected compaction hash mismatch but cannot identify the corrupted members, so intentionally set the memberID as 0")]
    public static partial void CannotTellWhoIsCorrupt(
        this ILogger log, HexId leaderId, long leaderRevision, long leaderCompactRevision, uint leaderHash);

    [LoggerMessage(3033, LogLevel.Error, "Detected compaction hash mismatch")]
    public static partial void CompactionHashesDiffer(
        this ILogger log,
        HexId leaderId,
        long leaderRevision,
        long leaderCompactRevision,
        uint leaderHash,
        uint peerHash,
        string peerIds,
        bool quorumExist);

    [LoggerMessage(3034, LogLevel.Warning, "failed to raise the alarm CORRUPT; the next check does it again")]
    public static partial void FailedToRaiseCorrupt(this ILogger log, HexId memberId, string error);

    [LoggerMessage(3035, LogLevel.Information, "the cluster has been downgraded")]
    public static partial void ClusterDowngraded(this ILogger log, string clusterVersion);

    [LoggerMessage(3036, LogLevel.Warning, "failed to cancel downgrade")]
    public static partial void FailedToCancelDowngrade(this ILogger log, string error);
}
