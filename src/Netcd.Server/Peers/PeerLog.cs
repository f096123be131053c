using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

namespace Netcd.Server.Peers;

/// <summary>What is logged of the peers, whichever connection sees it; listed in docs/logs.md.</summary>
internal static partial class PeerLog
{
    [LoggerMessage(2401, LogLevel.Information, "peer became active")]
    public static partial void BecameActive(this ILogger log, HexId peerId);

    [LoggerMessage(2402, LogLevel.Warning, "peer became inactive (message send to peer failed)")]
    public static partial void BecameInactive(this ILogger log, HexId peerId, PeerFailure error);

    [LoggerMessage(2403, LogLevel.Debug, "peer deactivated again")]
    public static partial void DeactivatedAgain(this ILogger log, HexId peerId, PeerFailure error);

    [LoggerMessage(2404, LogLevel.Warning, "refused by remote peer")]
    public static partial void RefusedByPeer(this ILogger log, HexId remotePeerId, string source, string error);

    [LoggerMessage(2405, LogLevel.Warning, "rejected Raft message from removed member")]
    public static partial void RejectedRemovedSender(this ILogger log, HexId localMemberId, HexId removedMemberId);

    [LoggerMessage(2406, LogLevel.Warning, "rejected Raft message to mismatch member")]
    public static partial void RejectedForOther(this ILogger log, HexId localMemberId, HexId mismatchMemberId);

    [LoggerMessage(2407, LogLevel.Warning, "rejected Raft message of another member than the one that brought it")]
    public static partial void RejectedOfOther(this ILogger log, HexId localMemberId, HexId remotePeerId, HexId from);

    [LoggerMessage(2408, LogLevel.Warning, "failed to get cluster response")]
    public static partial void FailedToGetCluster(this ILogger log, string address, string error);
}
