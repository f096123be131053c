namespace Netcd.Raft;

/// <summary>
/// A rule that must always hold does not. The state in memory is not to be trusted any more: the process shall stop, not retry.
/// </summary>
public sealed class RaftInvariantException : Exception
{
    /// <summary>Names no invariant.</summary>
    public RaftInvariantException()
    {
    }

    /// <summary>Names the invariant that was broken.</summary>
    public RaftInvariantException(string message)
        : base(message)
    {
    }

    /// <summary>Names the invariant that was broken, and by what.</summary>
    public RaftInvariantException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
