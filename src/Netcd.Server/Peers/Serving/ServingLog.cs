using System.Net;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Server.Peers.Serving;

/// <summary>What is logged of the requests of peers; listed in docs/logs.md.</summary>
internal static partial class ServingLog
{
    [LoggerMessage(2701, LogLevel.Warning, "rejected stream from remote peer because it was removed")]
    public static partial void RejectedRemovedPeer(this ILogger log, HexId localMemberId, HexId remotePeerIdFrom);

    [LoggerMessage(2702, LogLevel.Warning, "failed to find remote peer in cluster")]
    public static partial void FailedToFindPeer(this ILogger log, HexId localMemberId, HexId remotePeerIdFrom, HexId clusterId);

    [LoggerMessage(2703, LogLevel.Warning, "ignored streaming request; ID mismatch")]
    public static partial void IgnoredMismatch(
        this ILogger log, HexId localMemberId, string remotePeerIdHeader, HexId remotePeerIdFrom, HexId clusterId);

    [LoggerMessage(2704, LogLevel.Warning, "failed to read Raft message")]
    public static partial void FailedToReadMessage(this ILogger log, IPAddress? remoteAddr, string error);

    [LoggerMessage(2705, LogLevel.Warning, "failed to decode Raft message")]
    public static partial void FailedToDecodeSnapshot(this ILogger log, HexId localMemberId, HexId remoteSnapshotSenderId, string error);

    [LoggerMessage(2706, LogLevel.Warning, "unexpected Raft message type")]
    public static partial void UnexpectedMessage(
        this ILogger log, HexId localMemberId, HexId remoteSnapshotSenderId, MessageType messageType, string error);

    [LoggerMessage(2707, LogLevel.Information, "receiving database snapshot")]
    public static partial void ReceivingSnapshot(
        this ILogger log, HexId localMemberId, HexId remoteSnapshotSenderId, ulong incomingSnapshotIndex);

    [LoggerMessage(2708, LogLevel.Information, "received and saved database snapshot")]
    public static partial void ReceivedSnapshot(
        this ILogger log,
        HexId localMemberId,
        HexId remoteSnapshotSenderId,
        ulong incomingSnapshotIndex,
        long incomingSnapshotSizeBytes,
        TimeSpan downloadTook);

    [LoggerMessage(2709, LogLevel.Warning, "failed to save incoming database snapshot")]
    public static partial void FailedToSaveIncomingSnapshot(
        this ILogger log, HexId localMemberId, HexId remoteSnapshotSenderId, ulong incomingSnapshotIndex, string error);

    [LoggerMessage(2710, LogLevel.Warning, "failed to promote a member")]
    public static partial void FailedToPromote(this ILogger log, HexId memberId, string error);

    [LoggerMessage(2711, LogLevel.Warning, "failed to get hashKV")]
    public static partial void FailedToHash(this ILogger log, long requestedRevision, string error);

    [LoggerMessage(2712, LogLevel.Warning, "failed to unmarshal request")]
    public static partial void FailedToReadHashRequest(this ILogger log, string error);
}
