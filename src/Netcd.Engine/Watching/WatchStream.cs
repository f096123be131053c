using Netcd.Protocol.V3;

namespace Netcd.Engine.Watching;

/// <summary>
/// A client's stream of watches: requests go to the watch stage, messages come back through a queue that is bounded in bytes.
/// The transport behind it reads the queue at its own pace; a watch for which there is no room reads from history later.
/// </summary>
public abstract class WatchStream
{
    private readonly WatchStage stage;
    private readonly Lock gate = new();
    private List<WatchMessage> queue = [];
    private long queuedBytes;
    private long queuedEvents;
    private int openRequests;
    private bool isReaderWaiting;
    private bool isRequesterWaiting;
    private bool isDrainAwaited;
    private bool isAbandoned;

    /// <summary>A stream of a member.</summary>
    /// <param name="stage">The member's watches.</param>
    protected WatchStream(WatchStage stage)
    {
        this.stage = stage;
        Watches = new Dictionary<long, Watch>(stage.Ids);
        stage.Metrics.Streams.Increment();
    }

    /// <summary>Its watches by their ids. Owned by the watch stage, as all that follows.</summary>
    internal Dictionary<long, Watch> Watches { get; }

    /// <summary>Watches that wait until there is room in the queue.</summary>
    internal WatchList Waiting { get; } = new();

    /// <summary>The next id to give.</summary>
    internal long NextId { get; set; }

    /// <summary>The revision that a progress notification asked for must be at, or 0 where none is asked for.</summary>
    internal long ProgressAskedAt { get; set; }

    /// <summary>A watch that keeps it from being in step, as far as is known.</summary>
    internal Watch? Lagging { get; set; }

    /// <summary>Whether progress notifications are scheduled.</summary>
    internal bool IsScheduled { get; set; }

    /// <summary>Whether the client has gone.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Hands a request over; to be called when <see cref="TryAccept"/> was true.</summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who asks.</param>
    public void Request(WatchRequest request, WatchCaller caller)
    {
        lock (gate)
        {
            openRequests++;
        }

        stage.Port.Request(this, request, caller);
    }

    /// <summary>Ends all watches: the client has gone.</summary>
    public void Close() => stage.Port.Close(this);

    /// <summary>Whether another request is taken; if not, <see cref="OnAccepting"/> is called when one is.</summary>
    public bool TryAccept()
    {
        lock (gate)
        {
            isRequesterWaiting = !IsAccepting;
            return !isRequesterWaiting;
        }
    }

    /// <summary>
    /// Exchanges an empty list for all messages that wait; if there are none, <see cref="OnMessages"/> is called when there
    /// are. They count as waiting until <see cref="Sent"/>.
    /// </summary>
    public bool TryTake(ref List<WatchMessage> messages)
    {
        lock (gate)
        {
            if (queue.Count == 0)
            {
                isReaderWaiting = true;
                return false;
            }

            (messages, queue) = (queue, messages);
            return true;
        }
    }

    /// <summary>The messages taken were sent; the list may be used again.</summary>
    public void Sent(List<WatchMessage> messages)
    {
        long bytes = 0;
        long events = 0;
        foreach (WatchMessage message in messages)
        {
            bytes += message.QueueBytes;
            events += message.EventCount;
        }

        messages.Clear();
        if (messages.Capacity > Limits.WatchMessagesKept)
        {
            messages.Capacity = 0;
        }

        bool isDrained;
        bool isAccepting;
        lock (gate)
        {
            if (isAbandoned)
            {
                return;
            }

            stage.Budget.Return(bytes);
            queuedBytes -= bytes;
            queuedEvents -= events;
            isDrained = isDrainAwaited && queuedBytes <= stage.Settings.QueueBytes / 2;
            isDrainAwaited &= !isDrained;
            isAccepting = TakeRequester();
        }

        if (events > 0)
        {
            stage.Metrics.SentEvents.Add(events);
        }

        if (isDrained)
        {
            stage.Port.Drained(this);
        }

        if (isAccepting)
        {
            OnAccepting();
        }
    }

    /// <summary>There are messages to take. Called on the engine's threads: it must return at once.</summary>
    protected abstract void OnMessages();

    /// <summary>Requests are taken again. Called on any thread: it must return at once.</summary>
    protected abstract void OnAccepting();

    /// <summary>Puts a message in whatever waits already: the answer to a request.</summary>
    internal void Enqueue(in WatchMessage message)
    {
        bool isAwaited;
        lock (gate)
        {
            Add(message);
            isAwaited = TakeReader();
        }

        if (isAwaited)
        {
            OnMessages();
        }
    }

    /// <summary>
    /// Puts a message in if there is room; one is always taken where nothing waits. If not, the stage hears of it once there is.
    /// </summary>
    internal bool TryEnqueue(in WatchMessage message)
    {
        bool isAwaited;
        lock (gate)
        {
            if (!HasRoom(message.QueueBytes))
            {
                return false;
            }

            Add(message);
            isAwaited = TakeReader();
        }

        if (isAwaited)
        {
            OnMessages();
        }

        return true;
    }

    /// <summary>As for one message: all of them or none.</summary>
    internal bool TryEnqueue(List<WatchMessage> messages)
    {
        bool isAwaited;
        lock (gate)
        {
            if (!HasRoom(messages.Sum(static message => message.QueueBytes)))
            {
                return false;
            }

            messages.ForEach(message => Add(message));
            isAwaited = TakeReader();
        }

        if (isAwaited)
        {
            OnMessages();
        }

        return true;
    }

    /// <summary>The client has gone: nothing waits for it any more.</summary>
    internal void Abandon()
    {
        lock (gate)
        {
            isAbandoned = true;
            stage.Budget.Return(queuedBytes);
            stage.Metrics.EventsDropped(queuedEvents);
            queuedBytes = 0;
            queuedEvents = 0;
            queue = [];
        }
    }

    /// <summary>A request was dealt with.</summary>
    internal void Answered()
    {
        bool isAccepting;
        lock (gate)
        {
            openRequests--;
            isAccepting = TakeRequester();
        }

        if (isAccepting)
        {
            OnAccepting();
        }
    }

    private bool HasRoom(long bytes)
    {
        bool hasRoom = queuedBytes == 0 || (queuedBytes + bytes <= stage.Settings.QueueBytes && stage.Budget.HasRoom(bytes));
        isDrainAwaited |= !hasRoom;
        return hasRoom;
    }

    private void Add(in WatchMessage message)
    {
        if (!isAbandoned)
        {
            stage.Budget.Take(message.QueueBytes);
            queue.Add(message);
            queuedBytes += message.QueueBytes;
            if (message.EventCount > 0)
            {
                queuedEvents += message.EventCount;
                stage.Metrics.EventsQueued(message.EventCount);
            }
        }
    }

    private bool TakeReader()
    {
        bool isAwaited = isReaderWaiting;
        isReaderWaiting = false;
        return isAwaited;
    }

    private bool IsAccepting => openRequests < Limits.WatchOpenRequests && queuedBytes < stage.Settings.QueueBytes;

    private bool TakeRequester()
    {
        bool isAccepting = isRequesterWaiting && IsAccepting;
        isRequesterWaiting &= !isAccepting;
        return isAccepting;
    }
}
