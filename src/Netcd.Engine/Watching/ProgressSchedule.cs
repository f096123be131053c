namespace Netcd.Engine.Watching;

/// <summary>When the streams' watches are next sent a progress notification. All wait equally long, so that the first in is the first
/// due.</summary>
internal sealed class ProgressSchedule(long intervalMilliseconds)
{
    private readonly Queue<(long Due, WatchStream Stream)> streams = [];

    /// <summary>When the next one is due.</summary>
    public long NextDue => streams.TryPeek(out (long Due, WatchStream Stream) next) ? next.Due : long.MaxValue;

    /// <summary>Schedules a stream's watches for one interval later.</summary>
    public void Add(WatchStream stream, long now)
    {
        if (!stream.IsScheduled)
        {
            stream.IsScheduled = true;
            streams.Enqueue((now + intervalMilliseconds, stream));
        }
    }

    /// <summary>Takes a stream that is due.</summary>
    public bool TryTake(long now, out WatchStream stream)
    {
        stream = null!;
        if (NextDue > now)
        {
            return false;
        }

        stream = streams.Dequeue().Stream;
        stream.IsScheduled = false;
        return true;
    }
}
