namespace Netcd.Engine.Watching;

/// <summary>
/// What is counted of watches, for those who look after the member; readable from any thread. What only the watch stage changes
/// is plainly added to; clients' threads add once for all the messages that they have sent together.
/// </summary>
public sealed class WatchMetrics
{
    private long streams;
    private long watches;
    private long watchesBehind;
    private long queuedEvents;
    private long droppedEvents;
    private long sentEvents;

    /// <summary>Streams that are open.</summary>
    public long Streams => Volatile.Read(ref streams);

    /// <summary>Watches.</summary>
    public long Watches => Volatile.Read(ref watches);

    /// <summary>Watches that have not been sent all of the history yet.</summary>
    public long WatchesBehind => Volatile.Read(ref watchesBehind);

    /// <summary>Events that were sent to clients since the start.</summary>
    public long SentEvents => Volatile.Read(ref sentEvents);

    /// <summary>Events that wait to be sent.</summary>
    public long PendingEvents => Math.Max(0, Volatile.Read(ref queuedEvents) - Volatile.Read(ref droppedEvents) - SentEvents);

    internal void StreamOpened() => Interlocked.Increment(ref streams);

    internal void StreamClosed() => Interlocked.Decrement(ref streams);

    internal void EventsSent(long count) => Interlocked.Add(ref sentEvents, count);

    /// <summary>Called by the watch stage, as all that follows.</summary>
    internal void EventsQueued(long count) => Volatile.Write(ref queuedEvents, queuedEvents + count);

    internal void EventsDropped(long count) => Volatile.Write(ref droppedEvents, droppedEvents + count);

    internal void WatchAdded() => Volatile.Write(ref watches, watches + 1);

    internal void WatchEnded() => Volatile.Write(ref watches, watches - 1);

    internal void InStep(long count) => Volatile.Write(ref watchesBehind, watches - count);
}
