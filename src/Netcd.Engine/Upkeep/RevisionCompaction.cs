namespace Netcd.Engine.Upkeep;

/// <summary>Keeps a number of revisions: each five minutes, as in etcd, it compacts to what lies so many before the newest.</summary>
public sealed class RevisionCompaction : ICompactionSchedule
{
    private const long IntervalMilliseconds = 300_000;

    private readonly long kept;
    private long lastRevision;

    /// <summary>Begins to count.</summary>
    /// <param name="kept">The revisions kept.</param>
    /// <param name="now">The time.</param>
    public RevisionCompaction(long kept, long now)
    {
        this.kept = kept;
        NextMilliseconds = now + IntervalMilliseconds;
    }

    /// <inheritdoc/>
    public long NextMilliseconds { get; private set; }

    /// <inheritdoc/>
    public long? Look(long now, long revision, bool isPaused)
    {
        NextMilliseconds = now + IntervalMilliseconds;
        long target = revision - kept;
        return isPaused || target <= 0 || target == lastRevision ? null : target;
    }

    /// <inheritdoc/>
    public long? Expendable(long revision) => revision > kept ? revision - kept : null;

    /// <inheritdoc/>
    public void Compacted(long now, long revision) => lastRevision = revision;
}
