using Netcd.Raft;

namespace Netcd.Server.Peers.Streams;

/// <summary>What goes over an idle stream so that its reader knows that it lives. Raft never sends one without sender and
/// receiver.</summary>
internal static class LinkHeartbeat
{
    public static Message Message { get; } = new() { Type = MessageType.Heartbeat };

    public static bool Is(Message message) => message is { Type: MessageType.Heartbeat, From: 0, To: 0 };
}
