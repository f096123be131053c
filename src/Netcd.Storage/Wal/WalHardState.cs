namespace Netcd.Storage.Wal;

/// <summary>What raft must remember before it answers: raftpb.HardState.</summary>
/// <param name="Term">The current term.</param>
/// <param name="Vote">The member voted for in it; 0 for none.</param>
/// <param name="Commit">The highest index known to be committed.</param>
public readonly record struct WalHardState(ulong Term, ulong Vote, ulong Commit)
{
    /// <summary>Whether nothing has been decided yet.</summary>
    public bool IsEmpty => Term == 0 && Vote == 0 && Commit == 0;
}
