namespace Netcd.Load;

/// <summary>What came of a loop; written by all its callers.</summary>
internal sealed class LoopResult
{
    private long calls;
    private long errors;
    private string? firstError;

    /// <summary>Calls that were answered as asked.</summary>
    public long Calls => Volatile.Read(ref calls);

    public long Errors => Volatile.Read(ref errors);

    public string? FirstError => Volatile.Read(ref firstError);

    public TimeSpan Elapsed { get; set; }

    public LatencyHistogram Latencies { get; } = new();

    public void Done(long nanoseconds)
    {
        Interlocked.Increment(ref calls);
        Latencies.Record(nanoseconds);
    }

    /// <summary>Notes an error and returns how many there are.</summary>
    public long Failed(string why)
    {
        Interlocked.CompareExchange(ref firstError, why, null);
        return Interlocked.Increment(ref errors);
    }
}
