namespace Netcd.Engine.Leases;

/// <summary>
/// The time that leases have left, counted by the leader alone and lost when it leads no more: a new leader begins with what the
/// replicated state says, and adds to it.
/// </summary>
/// <remarks>
/// A queue by time holds one entry a lease. A renewal moves the lease's deadline and leaves its entry alone; an entry that comes up
/// too early is put back. So a renewal costs nothing but the store to a field, however many leases there are.
/// </remarks>
internal sealed class LeaseClock(LeaseClockOptions options)
{
    /// <summary>Entries of leases that are gone stay until their time comes; beyond this many the queues are made anew.</summary>
    private const int MaxStaleEntries = 4_096;

    private readonly PriorityQueue<GrantedLease, long> deadlines = new();
    private readonly PriorityQueue<GrantedLease, long> checkpoints = new();

    /// <summary>When the next lease may expire or is to be looked at.</summary>
    public long NextDeadline => deadlines.TryPeek(out _, out long time) ? time : long.MaxValue;

    /// <summary>When the next checkpoint may be due.</summary>
    public long NextCheckpoint => checkpoints.TryPeek(out _, out long time) ? time : long.MaxValue;

    /// <summary>Entries in the queues.</summary>
    public int EntryCount => deadlines.Count + checkpoints.Count;

    /// <summary>The time that a lease was granted for, at least what may be granted now.</summary>
    public long GrantedSeconds(GrantedLease lease) => Math.Max(lease.TtlSeconds, options.MinTtlSeconds);

    /// <summary>
    /// Begins to count, for a member that has become the leader. Every lease gets what is left of it by the replicated state and
    /// an election timeout more: so long may the leader before have gone on answering keep-alives that this one does not know of.
    /// Leases that would expire in one heap are spread over time, later and never sooner.
    /// </summary>
    public void Start(IReadOnlyCollection<GrantedLease> leases, long now)
    {
        Stop(leases);
        long begin = now + options.ElectionMilliseconds;
        (long Deadline, GrantedLease Lease)[] order = [.. leases.Select(lease => (begin + (LeftSeconds(lease) * 1_000), lease))];
        Array.Sort(order, static (a, b) => a.Item1.CompareTo(b.Item1));
        long millisecond = long.MinValue;
        int inMillisecond = 0;
        foreach ((long deadline, GrantedLease lease) in order)
        {
            if (deadline > millisecond)
            {
                (millisecond, inMillisecond) = (deadline, 0);
            }
            else if (inMillisecond == Limits.LeaseExpirationsPerMillisecond)
            {
                (millisecond, inMillisecond) = (millisecond + 1, 0);
            }

            inMillisecond++;
            Schedule(lease, millisecond, now);
        }
    }

    /// <summary>Counts no more: no lease expires by this member's clock.</summary>
    public void Stop(IReadOnlyCollection<GrantedLease> leases)
    {
        deadlines.Clear();
        checkpoints.Clear();
        foreach (GrantedLease lease in leases)
        {
            lease.DeadlineMilliseconds = long.MaxValue;
        }
    }

    /// <summary>Begins to count for a lease that was just granted; one that is counted for stays as it is.</summary>
    public void Add(GrantedLease lease, long now)
    {
        if (lease.DeadlineMilliseconds == long.MaxValue)
        {
            Schedule(lease, now + (LeftSeconds(lease) * 1_000), now);
        }
    }

    /// <summary>Gives a lease its whole time again. It has not expired, and no checkpoint says that less is left.</summary>
    public void Renew(GrantedLease lease, long now)
    {
        // One that was granted a moment ago may be renewed before its grant was heard of here.
        Add(lease, now);
        lease.DeadlineMilliseconds = now + (GrantedSeconds(lease) * 1_000);
    }

    /// <summary>Whether the lease's time is over.</summary>
    public static bool IsExpired(GrantedLease lease, long now) => lease.DeadlineMilliseconds <= now;

    /// <summary>Takes a lease out of the queue whose time is over; it comes again only by <see cref="Retry"/>.</summary>
    /// <param name="now">The time.</param>
    /// <param name="looks">Entries that may still be looked at in this step.</param>
    public GrantedLease? TakeExpired(long now, ref int looks)
    {
        while (looks > 0 && deadlines.TryPeek(out GrantedLease? lease, out long time) && time <= now)
        {
            looks--;
            deadlines.Dequeue();
            if (lease.IsRevoked)
            {
                continue;
            }

            if (IsExpired(lease, now))
            {
                return lease;
            }

            deadlines.Enqueue(lease, lease.DeadlineMilliseconds);
        }

        return null;
    }

    /// <summary>Has an expired lease come up again at a time.</summary>
    public void Retry(GrantedLease lease, long at) => deadlines.Enqueue(lease, at);

    /// <summary>The leases whose time left is to be noted in the log now, and that time in seconds.</summary>
    public List<(GrantedLease Lease, long RemainingSeconds)> TakeCheckpoints(long now, int most)
    {
        List<(GrantedLease, long)> due = [];
        int looks = Limits.LeaseLooksPerStep;
        while (due.Count < most && looks-- > 0 && checkpoints.TryPeek(out GrantedLease? lease, out long time) && time <= now)
        {
            checkpoints.Dequeue();
            if (lease.IsRevoked || IsExpired(lease, now))
            {
                continue;
            }

            long remaining = (lease.DeadlineMilliseconds - now + 999) / 1_000;
            if (IsWorthNoting(lease, remaining))
            {
                due.Add((lease, remaining));
            }

            checkpoints.Enqueue(lease, now + options.CheckpointMilliseconds);
        }

        return due;
    }

    /// <summary>Lets go of leases that are gone, where they have become many.</summary>
    public void Trim(IReadOnlyCollection<GrantedLease> leases)
    {
        Trim(deadlines, leases.Count);
        Trim(checkpoints, leases.Count);
    }

    private static void Trim(PriorityQueue<GrantedLease, long> queue, int leases)
    {
        if (queue.Count <= (2 * leases) + MaxStaleEntries)
        {
            return;
        }

        HashSet<GrantedLease> seen = [];
        (GrantedLease, long)[] kept = [.. queue.UnorderedItems.Where(item => !item.Element.IsRevoked && seen.Add(item.Element))];
        queue.Clear();
        queue.EnqueueRange(kept);
    }

    private long LeftSeconds(GrantedLease lease) => lease.RemainingSeconds > 0 ? lease.RemainingSeconds : GrantedSeconds(lease);

    /// <summary>
    /// Whether so much of the time is gone since it was last noted that a new leader would give back too much. A lease that is
    /// renewed in time never is: half an interval is what a renewal may have left off.
    /// </summary>
    private bool IsWorthNoting(GrantedLease lease, long remaining) =>
        (LeftSeconds(lease) - remaining) * 1_000 >= options.CheckpointMilliseconds / 2;

    private void Schedule(GrantedLease lease, long deadline, long now)
    {
        lease.DeadlineMilliseconds = deadline;
        deadlines.Enqueue(lease, deadline);
        if (GrantedSeconds(lease) * 1_000 > options.CheckpointMilliseconds)
        {
            checkpoints.Enqueue(lease, now + options.CheckpointMilliseconds);
        }
    }
}

/// <summary>What the leader counts by.</summary>
/// <param name="MinTtlSeconds">The least time of a lease.</param>
/// <param name="ElectionMilliseconds">The election timeout.</param>
/// <param name="CheckpointMilliseconds">How often the time left to a lease that has more than this is noted in the log.</param>
internal readonly record struct LeaseClockOptions(long MinTtlSeconds, long ElectionMilliseconds, long CheckpointMilliseconds);
