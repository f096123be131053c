namespace Netcd.Tools.Ctl.Loading;

/// <summary>What came of a load; written by all its callers.</summary>
internal sealed class LoadResult
{
    private long calls;
    private long failures;
    private string? firstFailure;

    public long Calls => Volatile.Read(ref calls);

    public long Failures => Volatile.Read(ref failures);

    public string? FirstFailure => Volatile.Read(ref firstFailure);

    public TimeSpan Elapsed { get; set; }

    public LatencyHistogram Latencies { get; } = new();

    public double CallsPerSecond => Elapsed > TimeSpan.Zero ? Calls / Elapsed.TotalSeconds : 0;

    public void Done(TimeSpan took)
    {
        Interlocked.Increment(ref calls);
        Latencies.Record((long)took.TotalNanoseconds);
    }

    public void Failed(string why, long count = 1)
    {
        Interlocked.CompareExchange(ref firstFailure, why, null);
        Interlocked.Add(ref failures, count);
    }
}
