namespace Netcd.Client.Transactions;

/// <summary>How an <see cref="OptimisticTransaction"/> runs.</summary>
public sealed record OptimisticOptions
{
    /// <summary>What others' changes may do to it.</summary>
    public Isolation Isolation { get; init; }

    /// <summary>Keys that will be read: they are, with one call, before it begins.</summary>
    public IReadOnlyList<KeyRange> Prefetch { get; init; } = [];
}

/// <summary>A transaction that was committed.</summary>
/// <param name="Header">The header. If it wrote something, its revision is the transaction's.</param>
/// <param name="Attempts">How often it ran: once more than others were quicker.</param>
public record OptimisticResult(EtcdHeader Header, int Attempts);

/// <summary>A transaction that was committed, and what it gave.</summary>
/// <param name="Header">The header. If it wrote something, its revision is the transaction's.</param>
/// <param name="Attempts">How often it ran: once more than others were quicker.</param>
/// <param name="Value">What its last run gave.</param>
public sealed record OptimisticResult<T>(EtcdHeader Header, int Attempts, T Value) : OptimisticResult(Header, Attempts);
