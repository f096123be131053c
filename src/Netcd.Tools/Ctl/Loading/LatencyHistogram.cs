using System.Numerics;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>
/// Counts of latencies in buckets that grow with the value, each at most 1/128 wide: percentiles are right to 0.8 %.
/// Recorded from many threads.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 7;

    private readonly long[] counts = new long[(64 - SubBits + 1) << SubBits];
    private long max;

    public double MaxMicroseconds => Volatile.Read(ref max) / 1e3;

    public void Record(long nanoseconds)
    {
        Interlocked.Increment(ref counts[IndexOf(nanoseconds)]);
        long seen = Volatile.Read(ref max);
        while (nanoseconds > seen)
        {
            long before = Interlocked.CompareExchange(ref max, nanoseconds, seen);
            if (before == seen)
            {
                break;
            }

            seen = before;
        }
    }

    /// <summary>The latency in microseconds that the given share (0 to 1) of all calls did not exceed; 0 if there were none.</summary>
    public double Percentile(double share)
    {
        long total = 0;
        foreach (long count in counts)
        {
            total += count;
        }

        long wanted = Math.Max(1, (long)Math.Ceiling(total * share));
        long passed = 0;
        for (int index = 0; index < counts.Length; index++)
        {
            passed += counts[index];
            if (passed >= wanted)
            {
                return Math.Min(HighestOf(index) / 1e3, MaxMicroseconds);
            }
        }

        return 0;
    }

    /// <summary>How many calls took longer than the one time and not longer than the other, in microseconds.</summary>
    public long CountBetween(double above, double upTo)
    {
        long found = 0;
        for (int index = 0; index < counts.Length; index++)
        {
            double highest = HighestOf(index) / 1e3;
            found += highest > above && highest <= upTo ? counts[index] : 0;
        }

        return found;
    }

    private static int IndexOf(long value)
    {
        ulong positive = (ulong)Math.Max(0, value);
        int shift = Math.Max(0, 63 - BitOperations.LeadingZeroCount(positive | 1) - SubBits);
        return shift == 0 ? (int)positive : (shift << SubBits) + (int)(positive >> shift);
    }

    private static double HighestOf(int index)
    {
        if (index < 2 << SubBits)
        {
            return index;
        }

        int shift = (index >> SubBits) - 1;
        ulong mantissa = (ulong)(index - (shift << SubBits));
        return ((mantissa + 1) << shift) - 1;
    }
}
