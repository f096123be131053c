namespace Netcd.Client.Watching;

/// <summary>What is handed to a watch's reader at once, and becomes batches as it is read. For one reader.</summary>
internal sealed class WatchPortion
{
    private readonly WatchChanges[] pieces;
    private readonly EtcdHeader header;
    private readonly long from;
    private readonly long before;
    private WatchBatch? notice;
    private WatchEvent? ahead;
    private int piece;
    private int position;

    /// <summary>A batch without changes.</summary>
    public WatchPortion(WatchBatch notice)
    {
        this.notice = notice;
        pieces = [];
    }

    /// <summary>The changes of some revisions.</summary>
    /// <param name="header">Of the response in which they became whole.</param>
    /// <param name="pieces">Where they are, in their order. There may be others too.</param>
    /// <param name="from">The first revision.</param>
    /// <param name="before">The one after the last.</param>
    public WatchPortion(EtcdHeader header, WatchChanges[] pieces, long from, long before)
    {
        this.header = header;
        this.pieces = pieces;
        this.from = from;
        this.before = before;
        Size = pieces.Sum(static piece => piece.Size);
    }

    /// <summary>Nothing.</summary>
    public static WatchPortion Empty { get; } = new(default, [], 0, 0);

    /// <summary>The room that it takes until its reader is done with it, in bytes.</summary>
    public long Size { get; }

    /// <summary>The next batch; null where there are no more.</summary>
    /// <exception cref="EtcdException">The server sent what cannot be read.</exception>
    public WatchBatch? Next()
    {
        if (notice is { } batch)
        {
            notice = null;
            return batch;
        }

        try
        {
            return NextRevision();
        }
        catch (InvalidDataException unreadable)
        {
            throw new EtcdException(EtcdStatusCode.Internal, unreadable.Message, unreadable);
        }
    }

    private WatchBatch? NextRevision()
    {
        WatchEvent? first = ahead ?? NextChange();
        if (first is null)
        {
            return null;
        }

        ahead = NextChange();
        long revision = first.KeyValue.ModRevision;
        WatchEvent[] changes = ahead?.KeyValue.ModRevision == revision ? RestOf(first, revision) : [first];
        return new WatchBatch(WatchBatchKind.Events, header, revision, changes);
    }

    private WatchEvent[] RestOf(WatchEvent first, long revision)
    {
        List<WatchEvent> changes = [first];
        for (; ahead is not null && ahead.KeyValue.ModRevision == revision; ahead = NextChange())
        {
            changes.Add(ahead);
        }

        return [.. changes];
    }

    private WatchEvent? NextChange()
    {
        while (piece < pieces.Length)
        {
            WatchEvent? change = pieces[piece].Read(ref position);
            if (change is null)
            {
                pieces[piece++].Release();
                position = 0;
            }
            else if (change.KeyValue.ModRevision >= before)
            {
                // It belongs to the next portion, whose first piece this one is too. So it is not released here.
                piece = pieces.Length;
            }
            else if (change.KeyValue.ModRevision >= from)
            {
                return change;
            }
        }

        return null;
    }
}
