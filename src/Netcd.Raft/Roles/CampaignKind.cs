namespace Netcd.Raft;

/// <summary>Why and how a node campaigns.</summary>
internal enum CampaignKind
{
    /// <summary>Asks whether it would win.</summary>
    PreElection,

    /// <summary>Opens a new term.</summary>
    Election,

    /// <summary>Opens a new term because the leader hands over; those asked do not wait for the leader's lease to end.</summary>
    Transfer,
}
