using System.Threading.Channels;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Watching;

/// <summary>
/// One watch, from its first to its last batch, on however many streams: how far it is, what waits for its reader, and whether the server
/// is to send more. <see cref="SharedWatchStream"/> calls it under its lock, but for what the reader calls.
/// </summary>
internal sealed class WatchFeed
{
    private const long NothingAwaited = -1;

    private readonly Channel<WatchPortion> portions =
        Channel.CreateUnbounded<WatchPortion>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly WatchOptions options;
    private readonly KeyRange range;
    private readonly List<WatchChanges> unfinished = [];
    private long buffered;
    private bool isPaused;

    /// <summary>Down to how many buffered bytes the reader must come before a message that waits is handed over.</summary>
    private long awaited = NothingAwaited;

    public WatchFeed(KeyRange range, WatchOptions options)
    {
        this.range = range;
        this.options = options;
        Next = options.StartRevision;
    }

    /// <summary>What is there for the reader.</summary>
    public ChannelReader<WatchPortion> Portions => portions.Reader;

    /// <summary>The revision from which on the reader knows nothing; 0 as long as the server has not said which that is.</summary>
    public long Next { get; private set; }

    /// <summary>Whether a server has ever begun to watch.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether it has ended, for whatever reason.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether it is ended at the server until the reader has caught up.</summary>
    public bool IsPaused => Volatile.Read(ref isPaused);

    /// <summary>Since when it is without a server, as a timestamp; null while a server watches, or is not to.</summary>
    public long? InterruptedSince { get; set; }

    /// <summary>How often in a row it was refused because of the token.</summary>
    public int TokenRefusals { get; set; }

    /// <summary>How long it may be without a server once it has begun.</summary>
    public TimeSpan? GiveUpAfter => options.GiveUpAfter;

    /// <summary>How long it may take to begin; null for as long as a call.</summary>
    public TimeSpan? BeginTimeout => options.BeginTimeout;

    /// <summary>Asks a server to go on where the reader is.</summary>
    public WatchRequest ToRequest()
    {
        WatchCreateRequest create = new()
        {
            Key = range.Start.ToBytes(),
            RangeEnd = range.End.ToBytes(),
            StartRevision = Next,
            PrevKv = options.PreviousValues,

            // Asked for in any case: a watch of which nothing has changed for long must not be resumed at what is compacted.
            ProgressNotify = true,
            Fragment = true,
        };
        if (options.SkipPuts)
        {
            create.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        }

        if (options.SkipDeletes)
        {
            create.Filters.Add(WatchCreateRequest.Types.FilterType.Nodelete);
        }

        return new WatchRequest { CreateRequest = create };
    }

    /// <summary>A server has begun to watch.</summary>
    public void Begin(EtcdHeader header)
    {
        // What changed at the header's revision or before is not reported any more to who watches from now on.
        Next = Next == 0 ? header.Revision + 1 : Next;
        InterruptedSince = null;
        TokenRefusals = 0;
        if (!HasBegun && options.Created)
        {
            HandOver(new WatchPortion(new WatchBatch(WatchBatchKind.Created, header, Next - 1, [])));
        }

        HasBegun = true;
    }

    /// <summary>Takes the changes of a response, or of a part of one. Of those that are whole the reader gets all at once.</summary>
    public void Take(WatchChanges changes, EtcdHeader header, bool isPart)
    {
        // Of a part the last revision may go on in the next one.
        long before = changes.LastRevision + (isPart ? 0 : 1);
        unfinished.Add(changes);
        if (before > Next)
        {
            WatchPortion portion = new(header, [.. unfinished], Next, before);
            Next = before;
            unfinished.RemoveRange(0, unfinished.Count - 1);
            HandOver(portion);
        }

        if (!isPart || IsPaused)
        {
            unfinished.Clear();
        }
    }

    /// <summary>The server says that it has reported everything up to its revision.</summary>
    public void Progress(EtcdHeader header)
    {
        if (unfinished.Count > 0 || header.Revision < Next - 1)
        {
            return;
        }

        Next = header.Revision + 1;
        if (options.Progress)
        {
            HandOver(new WatchPortion(new WatchBatch(WatchBatchKind.Progress, header, header.Revision, [])));
        }
    }

    /// <summary>No server watches any more: the parts of a revision that is not whole come again.</summary>
    public void Interrupt(long? since)
    {
        unfinished.Clear();
        InterruptedSince = since;
    }

    /// <summary>Whether the reader has made room again since the server's watch was ended for the want of it.</summary>
    public bool TryResume()
    {
        if (!IsPaused || IsOver || Interlocked.Read(ref buffered) > options.BufferBytes / 2)
        {
            return false;
        }

        Volatile.Write(ref isPaused, false);
        return true;
    }

    /// <summary>Whether changes have to wait for the reader, who can make room for them. It is noted then that they do.</summary>
    public bool TryAwaitRoom(WatchChanges changes)
    {
        // What the changes may make whole is handed over with them.
        long size = changes.Size + unfinished.Sum(static piece => piece.Size);
        long limit = Math.Min(options.BufferBytes / 2, options.BufferBytes - size);

        // Noted first: a reader that is done meanwhile either sees the note or is seen here.
        Interlocked.Exchange(ref awaited, limit);
        long left = Interlocked.Read(ref buffered);
        if (!IsOver && limit >= 0 && left > limit && left + size > options.BufferBytes)
        {
            return true;
        }

        Interlocked.Exchange(ref awaited, NothingAwaited);
        return false;
    }

    /// <summary>The reader is done with a portion. Gives whether <see cref="SharedWatchStream.Resume"/> is to be called, as there is
    /// room again for what waits for it, here or at the server.</summary>
    public bool Release(WatchPortion portion)
    {
        long left = Interlocked.Add(ref buffered, -portion.Size);
        bool isAwaited = left <= Interlocked.Read(ref awaited);
        if (isAwaited)
        {
            Interlocked.Exchange(ref awaited, NothingAwaited);
        }

        return isAwaited || (IsPaused && left <= options.BufferBytes / 2);
    }

    /// <summary>Ends it. The reader gets what is there for it, and then the failure.</summary>
    public void End(Exception? failure)
    {
        IsOver = true;
        portions.Writer.TryComplete(failure);
    }

    private void HandOver(WatchPortion portion)
    {
        if (Interlocked.Add(ref buffered, portion.Size) > options.BufferBytes)
        {
            // Before the reader has it: when it is done with it, nobody but the reader can see that the watch may go on.
            Volatile.Write(ref isPaused, true);
        }

        portions.Writer.TryWrite(portion);
    }
}
