namespace Netcd.Engine.Backend;

/// <summary>What is counted of defragmentations since the start. Changed by the thread that steps the backend stage, readable from
/// any.</summary>
public sealed class DefragmentationMetrics
{
    /// <summary>etcd's bounds: a tenth of a second, doubled twelve times.</summary>
    private const int Bounds = 13;

    private readonly long[] durations = new long[Bounds + 1];
    private long milliseconds;
    private long count;
    private bool isRunning;

    /// <summary>Whether one is under way.</summary>
    public bool IsRunning => Volatile.Read(ref isRunning);

    /// <summary>Those that have ended.</summary>
    public long Count => Volatile.Read(ref count);

    /// <summary>How long these took, added up.</summary>
    public long Milliseconds => Volatile.Read(ref milliseconds);

    /// <summary>How many took no longer than each of the bounds.</summary>
    public IEnumerable<(double BoundSeconds, long Count)> Durations
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < Bounds; i++)
            {
                sum += Volatile.Read(ref durations[i]);
                yield return (0.1 * (1 << i), sum);
            }
        }
    }

    internal void Begin() => Volatile.Write(ref isRunning, true);

    internal void End(long took)
    {
        int bound = 0;
        while (bound < Bounds && took > 100L << bound)
        {
            bound++;
        }

        Volatile.Write(ref durations[bound], durations[bound] + 1);
        Volatile.Write(ref milliseconds, milliseconds + took);
        Volatile.Write(ref count, count + 1);
        Volatile.Write(ref isRunning, false);
    }

    internal void GiveUp() => Volatile.Write(ref isRunning, false);
}
