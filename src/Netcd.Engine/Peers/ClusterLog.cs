using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Peers;

/// <summary>What is logged of a member's place in its cluster; listed in docs/logs.md.</summary>
internal static partial class ClusterLog
{
    public static void LeaderChanged(this ILogger log, ulong localMemberId, ulong leaderId, ulong term)
    {
        if (leaderId == localMemberId)
        {
            log.BecameLeader(new HexId(localMemberId), term);
        }

        if (leaderId == 0)
        {
            log.LostLeader(term);
        }
        else
        {
            log.ElectedLeader(new HexId(leaderId), term);
        }
    }

    [LoggerMessage(1101, LogLevel.Information, "elected leader")]
    private static partial void ElectedLeader(this ILogger log, HexId leaderMemberId, ulong term);

    [LoggerMessage(1105, LogLevel.Information, "became leader")]
    private static partial void BecameLeader(this ILogger log, HexId localMemberId, ulong term);

    [LoggerMessage(1102, LogLevel.Information, "lost leader")]
    private static partial void LostLeader(this ILogger log, ulong term);

    [LoggerMessage(1103, LogLevel.Debug, "dropped Raft message")]
    public static partial void DroppedIncomingMessage(this ILogger log, MessageType messageType, HexId from);

    [LoggerMessage(1104, LogLevel.Warning, "removed local member from the cluster")]
    public static partial void RemovedLocalMember(this ILogger log, HexId localMemberId);
}
