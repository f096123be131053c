namespace Netcd.Engine.Leases;

/// <summary>A lease that exists, and the keys attached to it.</summary>
/// <param name="id">Its id; never 0.</param>
/// <param name="ttlSeconds">The time that it was granted for.</param>
internal sealed class GrantedLease(long id, long ttlSeconds)
{
    private AttachedKey? first;

    public long Id { get; } = id;

    public long TtlSeconds { get; } = ttlSeconds;

    /// <summary>
    /// What the last checkpoint says of the time that is left, or 0 where the whole time counts: a new leader begins from here.
    /// </summary>
    public long RemainingSeconds { get; set; }

    /// <summary>How many keys are attached.</summary>
    public int KeyCount { get; private set; }

    /// <summary>Whether it is gone: who still holds it must let go.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>
    /// When it expires on the clock of the leader, which alone counts (<see cref="LeaseClock"/>). No part of the replicated
    /// state: kept here as a table of its own would cost as much again.
    /// </summary>
    public long DeadlineMilliseconds { get; set; } = long.MaxValue;

    /// <summary>The keys attached, in no order.</summary>
    public byte[][] Keys()
    {
        byte[][] keys = new byte[KeyCount][];
        int count = 0;
        for (AttachedKey? key = first; key is not null; key = key.Next)
        {
            keys[count++] = key.Key;
        }

        return keys;
    }

    /// <summary>Links a key that is attached to no lease.</summary>
    public void Add(AttachedKey key)
    {
        key.Lease = this;
        key.Previous = null;
        key.Next = first;
        if (first is not null)
        {
            first.Previous = key;
        }

        first = key;
        KeyCount++;
    }

    /// <summary>Unlinks a key that is attached to this lease.</summary>
    public void Remove(AttachedKey key)
    {
        if (key.Previous is null)
        {
            first = key.Next;
        }
        else
        {
            key.Previous.Next = key.Next;
        }

        if (key.Next is not null)
        {
            key.Next.Previous = key.Previous;
        }

        key.Lease = null;
        KeyCount--;
    }
}

/// <summary>A key on a lease: linked to its neighbours, so that it comes and goes at a cost that no number of keys changes.</summary>
internal sealed class AttachedKey(byte[] key)
{
    public byte[] Key { get; } = key;

    public GrantedLease? Lease { get; set; }

    public AttachedKey? Previous { get; set; }

    public AttachedKey? Next { get; set; }
}
