using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Peers;

/// <summary>What is logged of messages that are refused; listed in docs/logs.md.</summary>
internal static partial class RefusalLog
{
    [LoggerMessage(1501, LogLevel.Error, "refused Raft message that no member sends")]
    public static partial void RefusedImpossible(
        this ILogger log, MessageType messageType, HexId from, string? error, long refusedMessages);

    [LoggerMessage(1502, LogLevel.Warning, "refused Raft message of a sender that is not known as a member")]
    public static partial void RefusedStranger(this ILogger log, MessageType messageType, HexId from, long refusedMessages);
}
