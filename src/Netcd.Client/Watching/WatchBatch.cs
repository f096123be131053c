namespace Netcd.Client.Watching;

/// <summary>What a batch tells.</summary>
public enum WatchBatchKind
{
    /// <summary>Changes.</summary>
    Events,

    /// <summary>The server has begun to watch: what changes after <see cref="WatchBatch.Revision"/> will be reported.</summary>
    Created,

    /// <summary>All changes up to and including <see cref="WatchBatch.Revision"/> have been reported.</summary>
    Progress,
}

/// <summary>
/// All changes that one revision made to the keys watched, in the order in which it made them. Revisions of batches rise, and none is
/// left out or comes twice, whatever becomes of connections and servers meanwhile.
/// </summary>
public sealed class WatchBatch
{
    /// <summary>A batch; for tests of code that reads them.</summary>
    /// <param name="kind">What it tells.</param>
    /// <param name="header">The header.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="events">The changes.</param>
    public WatchBatch(WatchBatchKind kind, EtcdHeader header, long revision, IReadOnlyList<WatchEvent> events)
    {
        Kind = kind;
        Header = header;
        Revision = revision;
        Events = events;
    }

    /// <summary>What it tells.</summary>
    public WatchBatchKind Kind { get; }

    /// <summary>Who told it, and the store's revision then, which may be above the batch's.</summary>
    public EtcdHeader Header { get; }

    /// <summary>
    /// The revision of all its events. A watch that is begun at the next one, in another process even, goes on where this one was.
    /// </summary>
    public long Revision { get; }

    /// <summary>The changes; none where it tells something else.</summary>
    public IReadOnlyList<WatchEvent> Events { get; }
}
