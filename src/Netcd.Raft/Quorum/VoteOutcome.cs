namespace Netcd.Raft;

/// <summary>Where a vote stands.</summary>
internal enum VoteOutcome
{
    /// <summary>The votes yet to come decide.</summary>
    Pending,

    /// <summary>A quorum is out of reach.</summary>
    Lost,

    /// <summary>A quorum agreed.</summary>
    Won,
}
