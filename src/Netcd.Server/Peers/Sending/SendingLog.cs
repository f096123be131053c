using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Server.Peers.Sending;

/// <summary>What is logged of the connections to peers and of what is sent on them; listed in docs/logs.md.</summary>
internal static partial class SendingLog
{
    [LoggerMessage(2501, LogLevel.Information, "added remote peer")]
    public static partial void AddedPeer(this ILogger log, HexId localMemberId, HexId remotePeerId, IReadOnlyList<string> remotePeerUrls);

    [LoggerMessage(2502, LogLevel.Information, "added new remote peer")]
    public static partial void AddedRemote(this ILogger log, HexId localMemberId, HexId remotePeerId, IReadOnlyList<string> remotePeerUrls);

    [LoggerMessage(2503, LogLevel.Information, "removed remote peer")]
    public static partial void RemovedPeer(this ILogger log, HexId localMemberId, HexId removedRemotePeerId);

    [LoggerMessage(2504, LogLevel.Error, "found no URL of remote peer that can be connected to")]
    public static partial void FoundNoUrl(this ILogger log, HexId remotePeerId, IReadOnlyList<string> remotePeerUrls);

    [LoggerMessage(2505, LogLevel.Debug, "ignored message send request; unknown remote peer target")]
    public static partial void IgnoredUnknownTarget(this ILogger log, MessageType type, HexId unknownTargetPeerId);

    [LoggerMessage(2506, LogLevel.Warning, "dropped internal Raft message since sending buffer is full (overloaded network)")]
    public static partial void DroppedOutgoingMessage(
        this ILogger log, MessageType messageType, HexId localMemberId, HexId remotePeerId, bool remotePeerActive, long droppedMessages);

    [LoggerMessage(2507, LogLevel.Information, "established TCP streaming connection with remote peer")]
    public static partial void EstablishedWriter(this ILogger log, string streamWriterType, HexId localMemberId, HexId remotePeerId);

    [LoggerMessage(2508, LogLevel.Warning, "lost TCP streaming connection with remote peer")]
    public static partial void LostWriter(this ILogger log, string streamWriterType, HexId localMemberId, HexId remotePeerId, string error);

    [LoggerMessage(2509, LogLevel.Information, "sending database snapshot")]
    public static partial void SendingSnapshot(this ILogger log, ulong snapshotIndex, HexId remotePeerId, long bytes);

    [LoggerMessage(2510, LogLevel.Information, "sent database snapshot")]
    public static partial void SentSnapshot(this ILogger log, ulong snapshotIndex, HexId remotePeerId, long bytes, TimeSpan took);

    [LoggerMessage(2511, LogLevel.Warning, "failed to send database snapshot")]
    public static partial void FailedToSendSnapshot(this ILogger log, ulong snapshotIndex, HexId remotePeerId, string error);

    [LoggerMessage(2512, LogLevel.Warning, "dropped a snapshot since another one is being sent")]
    public static partial void DroppedSnapshot(this ILogger log, HexId remotePeerId);

    [LoggerMessage(2513, LogLevel.Warning, "prober detected unhealthy status")]
    public static partial void DetectedUnhealthy(
        this ILogger log, string roundTripperName, HexId remotePeerId, TimeSpan rtt, string error);

    [LoggerMessage(2514, LogLevel.Warning, "prober found high clock drift")]
    public static partial void FoundClockDrift(
        this ILogger log, string roundTripperName, HexId remotePeerId, TimeSpan clockDrift, TimeSpan rtt);

    [LoggerMessage(2515, LogLevel.Debug, "failed to ask a peer for the members")]
    public static partial void FailedToAskForMembers(this ILogger log, Uri address, string error);

    [LoggerMessage(2516, LogLevel.Error, "lost a message to remote peer by an error of the program")]
    public static partial void LostMessage(this ILogger log, Exception failure, HexId remotePeerId);

    [LoggerMessage(2517, LogLevel.Error, "lost a snapshot to remote peer by an error of the program")]
    public static partial void LostSnapshot(this ILogger log, Exception failure, HexId remotePeerId);

    [LoggerMessage(2518, LogLevel.Error, "lost the connections to a peer by an error of the program")]
    public static partial void LostConnections(this ILogger log, Exception failure);
}
