namespace Netcd.Raft;

/// <summary>How sending a snapshot to a follower ended.</summary>
public enum SnapshotOutcome
{
    /// <summary>The follower has it.</summary>
    Finished,

    /// <summary>It did not arrive.</summary>
    Failed,
}
