namespace Netcd.Engine.Metering;

/// <summary>How often something was at most as large as each of some bounds; from any thread, without a lock.</summary>
/// <remarks>An observation costs a few comparisons and two additions, and allocates nothing.</remarks>
public sealed class Histogram
{
    private readonly long[] counts;
    private long sum;

    /// <summary>A histogram without observations.</summary>
    public Histogram(Buckets buckets)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        Buckets = buckets;
        counts = new long[buckets.Shown.Count + 1];
    }

    /// <summary>The bounds.</summary>
    public Buckets Buckets { get; }

    /// <summary>All observations added up, as they are shown.</summary>
    public double Sum => (double)Volatile.Read(ref sum) / Buckets.Unit;

    /// <summary>Notes an observation, in the smallest unit that the bounds know.</summary>
    public void Observe(long observed)
    {
        Interlocked.Increment(ref counts[Buckets.Find(observed)]);
        Interlocked.Add(ref sum, observed);
    }

    /// <summary>How many observations each bound holds together with those below it, and last, all of them.</summary>
    public long[] Cumulated()
    {
        long[] cumulated = new long[counts.Length];
        long below = 0;
        for (int at = 0; at < counts.Length; at++)
        {
            cumulated[at] = below += Volatile.Read(ref counts[at]);
        }

        return cumulated;
    }
}
