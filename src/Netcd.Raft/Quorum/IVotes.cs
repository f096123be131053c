namespace Netcd.Raft;

/// <summary>Who voted, and how.</summary>
internal interface IVotes
{
    /// <summary>A voter's vote; false when it has not voted yet.</summary>
    bool TryGet(ulong voter, out bool granted);
}
