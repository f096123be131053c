
namespace Netcd.Engine.Scheduling;

/// <summary>
/// When raft's ticks are due. A step that comes a little late does not move the ticks after it: an election timeout is counted
/// in ticks, and ten that are each late by some milliseconds would lengthen every failover. Ticks that were missed, as
/// the process was paused, are not made up for: the peers' messages of that time are still in the inbox, and an election by
/// a late clock is of no use.
/// </summary>
/// <param name="intervalMilliseconds">Time from one tick to the next.</param>
internal struct TickSchedule(long intervalMilliseconds)
{
    private long next = long.MinValue;

    /// <summary>When the next tick is due; meaningful once <see cref="IsDue"/> was asked.</summary>
    public readonly long Next => next;

    /// <summary>Whether a tick is due; asking for the first time starts the schedule.</summary>
    public bool IsDue(long now)
    {
        if (next == long.MinValue)
        {
            next = now + intervalMilliseconds;
        }

        if (now < next)
        {
            return false;
        }

        next = now - next < intervalMilliseconds ? next + intervalMilliseconds : now + intervalMilliseconds;
        return true;
    }
}
