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
    /// <summary>What an event costs beside its bytes.</summary>
    private const int EventOverhead = 100;

    private readonly Channel<WatchBatch> batches =
        Channel.CreateUnbounded<WatchBatch>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly WatchOptions options;
    private readonly KeyRange range;
    private readonly List<WatchEvent> unfinished = [];
    private long buffered;
    private bool isPaused;

    public WatchFeed(KeyRange range, WatchOptions options)
    {
        this.range = range;
        this.options = options;
        Next = options.StartRevision;
    }

    /// <summary>What is there for the reader.</summary>
    public ChannelReader<WatchBatch> Batches => batches.Reader;

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
            Give(new WatchBatch(WatchBatchKind.Created, header, Next - 1, []));
        }

        HasBegun = true;
    }

    /// <summary>Takes a response with events, or a part of one. What is whole is given to the reader, until there is no room.</summary>
    public void Take(WatchMessage response)
    {
        foreach (WatchEvent change in response.Events)
        {
            long revision = change.KeyValue.ModRevision;
            if (unfinished.Count > 0 && unfinished[^1].KeyValue.ModRevision != revision)
            {
                Finish(response.Header);
                if (IsPaused)
                {
                    return;
                }
            }

            if (revision >= Next)
            {
                unfinished.Add(change);
            }
        }

        if (!response.Fragment && unfinished.Count > 0)
        {
            Finish(response.Header);
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
            Give(new WatchBatch(WatchBatchKind.Progress, header, header.Revision, []));
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

    /// <summary>The reader has taken a batch. Gives whether the watch may go on at the server, to be asked with
    /// <see cref="TryResume"/>.</summary>
    public bool Taken(WatchBatch batch)
    {
        long left = Interlocked.Add(ref buffered, -SizeOf(batch));
        return IsPaused && left <= options.BufferBytes / 2;
    }

    /// <summary>Ends it. The reader gets what is there for it, and then the failure.</summary>
    public void End(Exception? failure)
    {
        IsOver = true;
        batches.Writer.TryComplete(failure);
    }

    private void Finish(EtcdHeader header)
    {
        long revision = unfinished[^1].KeyValue.ModRevision;
        Next = revision + 1;
        WatchEvent[] events = [.. unfinished];
        unfinished.Clear();
        Give(new WatchBatch(WatchBatchKind.Events, header, revision, events));
    }

    private void Give(WatchBatch batch)
    {
        long total = Interlocked.Add(ref buffered, SizeOf(batch));
        batches.Writer.TryWrite(batch);
        if (total > options.BufferBytes && !IsPaused)
        {
            unfinished.Clear();
            Volatile.Write(ref isPaused, true);
        }
    }

    private static long SizeOf(WatchBatch batch)
    {
        long size = EventOverhead;
        foreach (WatchEvent change in batch.Events)
        {
            size += EventOverhead + change.KeyValue.Key.Length + change.KeyValue.Value.Length + (change.Previous?.Value.Length ?? 0);
        }

        return size;
    }
}
