namespace Netcd.Simulation.Scheduling;

/// <summary>
/// The simulation's clock and what is due on it. Nothing happens between two events, so the clock jumps from one to the next;
/// events of one moment run in the order in which they were asked for.
/// </summary>
internal sealed class VirtualTime
{
    public const long Millisecond = 1_000;
    public const long Second = 1_000 * Millisecond;

    private readonly PriorityQueue<Action, (long At, long Number)> events = new();
    private long number;

    /// <summary>Microseconds since the simulation began.</summary>
    public long Now { get; private set; }

    /// <summary>Events that have run.</summary>
    public long EventsRun { get; private set; }

    /// <summary>Has something done at that time, or now where that is past.</summary>
    public void At(long microseconds, Action action) => events.Enqueue(action, (Math.Max(Now, microseconds), number++));

    /// <summary>Has something done after a while.</summary>
    public void After(long microseconds, Action action) => At(Now + microseconds, action);

    /// <summary>Ends after a while, in an event of its own.</summary>
    public Task Delay(long microseconds)
    {
        TaskCompletionSource done = new();
        After(microseconds, done.SetResult);
        return done.Task;
    }

    /// <summary>Runs the next event; false where none is left.</summary>
    public bool RunNext()
    {
        if (!events.TryDequeue(out Action? action, out (long At, long Number) due))
        {
            return false;
        }

        Now = due.At;
        EventsRun++;
        action();
        return true;
    }
}
