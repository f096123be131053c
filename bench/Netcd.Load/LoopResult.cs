namespace Netcd.Load;

/// <summary>What came of a loop; written by all its callers.</summary>
internal sealed class LoopResult
{
    private long _calls;
    private long _errors;
    private string? _firstError;

    /// <summary>Calls that were answered as asked.</summary>
    public long Calls => Volatile.Read(ref _calls);

    public long Errors => Volatile.Read(ref _errors);

    public string? FirstError => Volatile.Read(ref _firstError);

    public TimeSpan Elapsed { get; set; }

    public LatencyHistogram Latencies { get; } = new();

    public void Done(long nanoseconds)
    {
        Interlocked.Increment(ref _calls);
        Latencies.Record(nanoseconds);
    }

    /// <summary>Notes an error and returns how many there are.</summary>
    public long Failed(string why)
    {
        Interlocked.CompareExchange(ref _firstError, why, null);
        return Interlocked.Increment(ref _errors);
    }
}
