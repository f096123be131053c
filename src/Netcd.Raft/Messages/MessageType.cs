namespace Netcd.Raft;

/// <summary>The kinds of <see cref="Message"/>. The numbers are those of the wire.</summary>
public enum MessageType
{
    /// <summary>Local: start an election.</summary>
    Hup = 0,

    /// <summary>Local: the leader's heartbeat is due.</summary>
    Beat = 1,

    /// <summary>Entries proposed, here or by a follower that forwards them.</summary>
    Propose = 2,

    /// <summary>Leader to follower: entries after (LogTerm, Index), and the commit index.</summary>
    Append = 3,

    /// <summary>Answer to <see cref="Append"/>, <see cref="Snapshot"/> and to messages of an old leader.</summary>
    AppendResponse = 4,

    /// <summary>A candidate asks for a vote.</summary>
    Vote = 5,

    /// <summary>Answer to <see cref="Vote"/>.</summary>
    VoteResponse = 6,

    /// <summary>Leader to follower: a snapshot instead of entries that were compacted away.</summary>
    Snapshot = 7,

    /// <summary>Leader to follower: the leader lives.</summary>
    Heartbeat = 8,

    /// <summary>Answer to <see cref="Heartbeat"/>; echoes its context.</summary>
    HeartbeatResponse = 9,

    /// <summary>Local: the last message to From could not be sent.</summary>
    Unreachable = 10,

    /// <summary>Local: how sending a snapshot to From ended (Reject: it failed).</summary>
    SnapshotStatus = 11,

    /// <summary>Local: the leader checks that a quorum was heard.</summary>
    CheckQuorum = 12,

    /// <summary>Leadership shall go to From.</summary>
    TransferLeader = 13,

    /// <summary>Leader to follower: campaign at once.</summary>
    TimeoutNow = 14,

    /// <summary>A linearizable read asks for an index.</summary>
    ReadIndex = 15,

    /// <summary>Answer to <see cref="ReadIndex"/>.</summary>
    ReadIndexResponse = 16,

    /// <summary>A node asks whether it would be voted for, without changing terms.</summary>
    PreVote = 17,

    /// <summary>Answer to <see cref="PreVote"/>.</summary>
    PreVoteResponse = 18,

    /// <summary>Local: entries, hard state and snapshot to write to the log.</summary>
    StorageAppend = 19,

    /// <summary>Local: a <see cref="StorageAppend"/> is durable.</summary>
    StorageAppendResponse = 20,

    /// <summary>Local: committed entries to apply.</summary>
    StorageApply = 21,

    /// <summary>Local: a <see cref="StorageApply"/> was applied.</summary>
    StorageApplyResponse = 22,

    /// <summary>Local: a follower forgets its leader and may vote again.</summary>
    ForgetLeader = 23,
}
