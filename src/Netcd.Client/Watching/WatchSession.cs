using System.Threading.Channels;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Watching;

/// <summary>
/// One stream's lifetime: which of the server's watches is whose. <see cref="SharedWatchStream"/> calls it under its lock.
/// </summary>
/// <remarks>
/// Servers answer requests to create in the order in which they get them, refusals too, which carry no number of a watch. So the first
/// that waits is the one answered.
/// </remarks>
internal sealed class WatchSession(TimeProvider time) : IAsyncDisposable
{
    /// <summary>The number in answers that are not about one watch.</summary>
    private const long AllWatches = -1;

    private readonly Queue<(WatchFeed Feed, long SentAt)> asked = new();
    private readonly Dictionary<long, WatchFeed> open = [];
    private readonly Dictionary<WatchFeed, long> numbers = [];
    private readonly CancellationTokenSource end = new();
    private readonly Channel<WatchRequest> outgoing =
        Channel.CreateUnbounded<WatchRequest>(new UnboundedChannelOptions { SingleReader = true });

    private Task? ending;

    /// <summary>What is to be sent.</summary>
    public ChannelReader<WatchRequest> Outgoing => outgoing.Reader;

    /// <summary>Whether it was asked how far the watches are, and there is no answer yet.</summary>
    public bool IsProgressWanted { get; private set; }

    /// <summary>Ends the stream.</summary>
    public CancellationToken Ended => end.Token;

    /// <summary>Whether the server has answered anything: the stream is more than a hope then.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Why the stream cannot go on, where this side found that.</summary>
    public EtcdException? Fault { get; private set; }

    /// <summary>The one watch that the stream serves; null where it serves others too, or none.</summary>
    public WatchFeed? OnlyFeed => asked.Count == 0 && open.Count == 1 ? open.Values.First() : null;

    /// <summary>Has the server watch.</summary>
    public void Create(WatchFeed feed)
    {
        asked.Enqueue((feed, time.GetTimestamp()));
        outgoing.Writer.TryWrite(feed.ToRequest());
    }

    /// <summary>Has the server stop watching. A watch that it has not yet begun is stopped when it says that it has.</summary>
    public void Cancel(WatchFeed feed)
    {
        if (numbers.Remove(feed, out long number))
        {
            open.Remove(number);
            Cancel(number);
        }
    }

    /// <summary>Asks how far all watches are, when those that are being begun have begun.</summary>
    public void RequestProgress()
    {
        IsProgressWanted = true;
        if (asked.Count == 0)
        {
            outgoing.Writer.TryWrite(new WatchRequest { ProgressRequest = new WatchProgressRequest() });
        }
    }

    /// <summary>Whether an answer to a request to watch is overdue.</summary>
    public bool IsOverdue(TimeSpan limit) => asked.TryPeek(out (WatchFeed, long SentAt) first) && time.GetElapsedTime(first.SentAt) > limit;

    /// <summary>Ends the stream.</summary>
    /// <param name="fault">Why; null where it is not needed any more.</param>
    public void Abort(EtcdException? fault)
    {
        Fault ??= fault;
        outgoing.Writer.TryComplete();

        // Not by this thread, which holds the lock that those who hear of it want.
        ending ??= end.CancelAsync();
    }

    /// <summary>Takes a response.</summary>
    public void Handle(WatchMessage response)
    {
        IsAnswered = true;
        if (response.Created)
        {
            HandleCreated(response);
        }
        else if (response.WatchId == AllWatches)
        {
            HandleProgress(response);
        }
        else if (open.TryGetValue(response.WatchId, out WatchFeed? feed))
        {
            HandleOpen(feed, response);
        }
        else
        {
            // Of a watch that this side has ended.
            response.Changes?.Release();
        }
    }

    /// <summary>To be called when it has been ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await (ending ?? Task.CompletedTask).ConfigureAwait(false);
        end.Dispose();
    }

    private void HandleCreated(WatchMessage response)
    {
        WatchFeed feed = asked.Dequeue().Feed;
        if (response.Canceled)
        {
            Refused(feed, response);
        }
        else if (feed.IsOver || feed.IsPaused)
        {
            Cancel(response.WatchId);
        }
        else
        {
            open[response.WatchId] = feed;
            numbers[feed] = response.WatchId;
            feed.Begin(response.Header);
            CancelIfPaused(feed);
        }

        if (IsProgressWanted)
        {
            RequestProgress();
        }
    }

    private void HandleProgress(WatchMessage response)
    {
        if (response.Canceled || response.Changes is not null)
        {
            return;
        }

        IsProgressWanted = false;
        foreach (WatchFeed feed in numbers.Keys.ToArray())
        {
            feed.Progress(response.Header);
            CancelIfPaused(feed);
        }
    }

    private void HandleOpen(WatchFeed feed, WatchMessage response)
    {
        if (response.Canceled)
        {
            open.Remove(response.WatchId);
            numbers.Remove(feed);
            Refused(feed, response);
        }
        else if (response.Changes is { } changes)
        {
            feed.Take(changes, response.Header, isPart: response.Fragment);
            CancelIfPaused(feed);
        }
        else if (!response.Fragment)
        {
            feed.Progress(response.Header);
            CancelIfPaused(feed);
        }
    }

    private void CancelIfPaused(WatchFeed feed)
    {
        if (feed.IsPaused)
        {
            Cancel(feed);
        }
    }

    /// <summary>The server watches no more, or has not begun to.</summary>
    private void Refused(WatchFeed feed, WatchMessage response)
    {
        switch (CancelReason.Of(response))
        {
            case null:
                // Nobody asked for it, and nothing speaks against watching on: elsewhere, or here with another stream.
                Abort(new EtcdUnavailableException(EtcdStatusCode.Unavailable, "the server ended a watch without a reason"));
                break;
            case { } failure when StreamFailures.AsksForLogIn(failure) && feed.TokenRefusals++ == 0:
                Abort(failure);
                break;
            case { } failure:
                feed.End(failure);
                break;
        }
    }

    private void Cancel(long number) => outgoing.Writer.TryWrite(
        new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = number } });
}
