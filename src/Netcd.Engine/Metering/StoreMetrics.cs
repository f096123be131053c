namespace Netcd.Engine.Metering;

/// <summary>What this member has done in the store, counted as etcd counts: what does more than one of these is a transaction
/// too.</summary>
public sealed class StoreMetrics
{
    /// <summary>Puts.</summary>
    public Counter Puts { get; } = new();

    /// <summary>Deletions, each of a key or of an interval.</summary>
    public Counter Deletions { get; } = new();

    /// <summary>Ranges; conditions of transactions and the reading of previous values among them.</summary>
    public Counter Ranges { get; } = new();

    /// <summary>Transactions of more than one of these.</summary>
    public Counter Transactions { get; } = new();

    /// <summary>Bytes of the keys and values that were put.</summary>
    public Counter PutBytes { get; } = new();

    /// <summary>Sums over the file.</summary>
    public Histogram Hash { get; } = new(Buckets.Seconds(0.01, 15));

    /// <summary>Sums over the history up to a revision.</summary>
    public Histogram HashByRevision { get; } = new(Buckets.Seconds(0.01, 15));

    /// <summary>Copies of the file that were sent, to clients or to other members.</summary>
    public Histogram Snapshot { get; } = new(Buckets.Seconds(0.01, 17));

    /// <summary>A range by itself.</summary>
    public void CountRange() => Ranges.Increment();

    /// <summary>What was done together.</summary>
    public void Count(long ranges, long puts, long deletions)
    {
        Ranges.Add(ranges);
        Puts.Add(puts);
        Deletions.Add(deletions);
        if (ranges + puts + deletions > 1)
        {
            Transactions.Increment();
        }
    }
}
