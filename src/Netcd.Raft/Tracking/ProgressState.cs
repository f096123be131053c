namespace Netcd.Raft;

/// <summary>How the leader deals with a follower.</summary>
public enum ProgressState
{
    /// <summary>Where the follower's log ends is not known: one append at a time finds out.</summary>
    Probe,

    /// <summary>The follower keeps up: appends are sent ahead of the answers.</summary>
    Replicate,

    /// <summary>The follower needs a snapshot; nothing is sent until it has it.</summary>
    Snapshot,
}
