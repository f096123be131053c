namespace Netcd.Raft;

/// <summary>What a node is at a moment.</summary>
public enum RaftRole
{
    /// <summary>Follows a leader, or waits for one.</summary>
    Follower,

    /// <summary>Asks for votes in a new term.</summary>
    Candidate,

    /// <summary>Replicates its log to the others.</summary>
    Leader,

    /// <summary>Asks whether it would get the votes, before it opens a new term.</summary>
    PreCandidate,
}
