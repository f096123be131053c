namespace Netcd.Raft;

/// <summary>What a leader knows about a member, at one moment.</summary>
/// <param name="State">How the leader deals with the member.</param>
/// <param name="Match">The highest index known to be in the member's log.</param>
/// <param name="Next">The next index to send.</param>
/// <param name="IsLearner">True for a member without a vote.</param>
/// <param name="IsPaused">True when no entries are sent now.</param>
/// <param name="PendingSnapshot">The index of a snapshot on its way, or 0.</param>
/// <param name="RecentActive">True when the member was heard since the last check of the quorum.</param>
/// <param name="IsAnswering">True when the member was heard between the last two checks of the quorum, or since.</param>
/// <param name="InflightCount">Append messages on their way.</param>
/// <param name="IsInflightFull">True when no more may be on their way.</param>
public sealed record ProgressStatus(
    ProgressState State,
    ulong Match,
    ulong Next,
    bool IsLearner,
    bool IsPaused,
    ulong PendingSnapshot,
    bool RecentActive,
    bool IsAnswering,
    int InflightCount,
    bool IsInflightFull);
