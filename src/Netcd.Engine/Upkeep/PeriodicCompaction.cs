namespace Netcd.Engine.Upkeep;

/// <summary>
/// Keeps the history of a period, as etcd does: it notes the revision ten times a period (ten times an hour where that is shorter), and
/// compacts to the one before those of the last period, each period or each hour.
/// </summary>
public sealed class PeriodicCompaction : ICompactionSchedule
{
    private const long HourMilliseconds = 3_600_000;
    private const long NotesPerInterval = 10;

    private readonly long interval;
    private readonly long retryInterval;
    private readonly long maxNotes;
    private readonly Queue<long> noted = new();
    private long wait;
    private long lastSuccess;
    private long lastRevision;

    /// <summary>Begins to count.</summary>
    /// <param name="periodMilliseconds">What is kept.</param>
    /// <param name="now">The time.</param>
    /// <param name="revision">The store's revision.</param>
    public PeriodicCompaction(long periodMilliseconds, long now, long revision)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(periodMilliseconds);
        interval = Math.Min(periodMilliseconds, HourMilliseconds);
        retryInterval = Math.Max(1, interval / NotesPerInterval);
        maxNotes = (periodMilliseconds / retryInterval) + 1;
        wait = periodMilliseconds;
        lastSuccess = now;
        Note(now, revision);
    }

    /// <inheritdoc/>
    public long NextMilliseconds { get; private set; }

    /// <inheritdoc/>
    public long? Look(long now, long revision, bool isPaused)
    {
        long oldest = noted.Peek();
        Note(now, revision);
        if (isPaused || now - lastSuccess < wait || oldest == lastRevision)
        {
            return null;
        }

        // The first time a whole period is waited for; from then on an attempt is made each interval.
        wait = interval;
        return oldest;
    }

    /// <inheritdoc/>
    public long? Expendable(long revision) => noted.Count == maxNotes ? noted.Peek() : null;

    /// <inheritdoc/>
    public void Compacted(long now, long revision)
    {
        lastSuccess = now;
        lastRevision = revision;
    }

    private void Note(long now, long revision)
    {
        noted.Enqueue(revision);
        if (noted.Count > maxNotes)
        {
            noted.Dequeue();
        }

        NextMilliseconds = now + retryInterval;
    }
}
