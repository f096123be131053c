using Netcd.Engine.Metering;

namespace Netcd.Engine.Watching;

/// <summary>What is counted of watches, for those who look after the member. Clients' threads add once for all the messages that they have
/// sent together.</summary>
public sealed class WatchMetrics
{
    private readonly Counter queued = new();
    private readonly Counter dropped = new();
    private long watchesInStep;
    private long cohorts;

    /// <summary>Streams that are open.</summary>
    public Counter Streams { get; } = new();

    /// <summary>Watches.</summary>
    public Counter Watches { get; } = new();

    /// <summary>Events that were sent to clients since the start.</summary>
    public Counter SentEvents { get; } = new();

    /// <summary>Watches that have not been sent all of the history yet.</summary>
    public long WatchesBehind => Math.Max(0, Watches.Value - Volatile.Read(ref watchesInStep));

    /// <summary>Groups of watches that read the history together to catch up.</summary>
    public long Cohorts => Volatile.Read(ref cohorts);

    /// <summary>Events that wait to be sent.</summary>
    public long PendingEvents => Math.Max(0, queued.Value - dropped.Value - SentEvents.Value);

    internal void EventsQueued(long count) => queued.Add(count);

    internal void EventsDropped(long count) => dropped.Add(count);

    /// <summary>Called by the watch stage.</summary>
    internal void InStep(long count, long catchingUp)
    {
        Volatile.Write(ref watchesInStep, count);
        Volatile.Write(ref cohorts, catchingUp);
    }
}
