namespace Netcd.Raft;

/// <summary>What a node must have on disk before it answers anyone.</summary>
/// <param name="Term">The current term.</param>
/// <param name="Vote">Whom the node voted for in the term; <see cref="NodeId.None"/> if none.</param>
/// <param name="Commit">The highest index known to be committed.</param>
public readonly record struct HardState(ulong Term, ulong Vote, ulong Commit)
{
    /// <summary>True when nothing is set.</summary>
    public bool IsEmpty => this == default;
}
