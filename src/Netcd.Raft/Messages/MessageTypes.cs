namespace Netcd.Raft;

/// <summary>What kind of traffic a message type is.</summary>
public static class MessageTypes
{
    /// <summary>True for messages that a node sends to itself or to its storage; never to be taken from a peer.</summary>
    public static bool IsLocal(this MessageType type) => type is
        MessageType.Hup or MessageType.Beat or MessageType.Unreachable or MessageType.SnapshotStatus or MessageType.CheckQuorum or
        MessageType.StorageAppend or MessageType.StorageAppendResponse or MessageType.StorageApply or MessageType.StorageApplyResponse;

    /// <summary>True for answers: they make sense only from a known peer or from the local storage.</summary>
    public static bool IsResponse(this MessageType type) => type is
        MessageType.AppendResponse or MessageType.VoteResponse or MessageType.HeartbeatResponse or MessageType.Unreachable or
        MessageType.ReadIndexResponse or MessageType.PreVoteResponse or MessageType.StorageAppendResponse or
        MessageType.StorageApplyResponse;

    /// <summary>True for the addresses of the local storage (<see cref="NodeId.AppendStorage"/>,
    /// <see cref="NodeId.ApplyStorage"/>).</summary>
    public static bool IsLocalStorage(ulong id) => id is NodeId.AppendStorage or NodeId.ApplyStorage;

    internal static MessageType ResponseToVote(MessageType vote) =>
        vote == MessageType.Vote ? MessageType.VoteResponse : MessageType.PreVoteResponse;
}
