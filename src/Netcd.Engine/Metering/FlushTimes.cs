namespace Netcd.Engine.Metering;

/// <summary>
/// When the last flushes of the log ended, and how far it reached then. One stage notes them, another asks: a flush that is too long ago
/// is forgotten.
/// </summary>
/// <param name="clock">Measures.</param>
internal sealed class FlushTimes(MonotonicClock clock)
{
    private const int Kept = 1_024;

    private readonly Lock access = new();
    private readonly (ulong Index, long Nanoseconds)[] flushes = new (ulong, long)[Kept];
    private int next;

    /// <summary>The log is on the disk up to an entry.</summary>
    public void Note(ulong index)
    {
        long now = clock.Now;
        lock (access)
        {
            flushes[next] = (index, now);
            next = (next + 1) % Kept;
        }
    }

    /// <summary>When the flush ended that wrote an entry; 0 where that is not known.</summary>
    public long TimeOf(ulong index)
    {
        long found = 0;
        lock (access)
        {
            for (int back = 1; back <= Kept; back++)
            {
                (ulong reached, long nanoseconds) = flushes[(next - back + Kept) % Kept];
                if (reached < index)
                {
                    return found;
                }

                found = nanoseconds;
            }
        }

        return 0;
    }
}
