
namespace Netcd.Engine.Mvcc;

/// <summary>
/// How much of the history a compaction may delete: not what watches in step have yet to be sent, since they have not been asked for it
/// too late. The watch stage is at most a moment behind, so this holds nothing up for long.
/// </summary>
internal sealed class CompactionHold
{
    private long reached = long.MaxValue;

    /// <summary>Whether records up to the revision may be deleted.</summary>
    public bool MayDelete(long revision)
    {
        // The revision was published as compacted before: a watch that comes now either sees that, or is seen here.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref reached) >= revision;
    }

    /// <summary>All is sent up to this revision.</summary>
    public void Reach(long revision) => Interlocked.Exchange(ref reached, revision);
}
