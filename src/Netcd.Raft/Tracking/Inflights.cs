namespace Netcd.Raft;

/// <summary>
/// The appends sent to a follower and not yet answered: a ring of their last indexes and sizes, bounded in count and bytes.
/// The bound on bytes is soft: the message that reaches it is still sent.
/// </summary>
internal sealed class Inflights(int maxCount, ulong maxBytes)
{
    private (ulong Index, ulong Bytes)[] ring = [];
    private int start;
    private ulong bytes;

    public int Count { get; private set; }

    /// <summary>True when no more may be sent.</summary>
    public bool IsFull => Count == maxCount || (maxBytes != 0 && bytes >= maxBytes);

    /// <summary>An append was sent whose last entry is at <paramref name="index"/>. Indexes ascend.</summary>
    public void Add(ulong index, ulong bytes)
    {
        if (IsFull)
        {
            throw new RaftInvariantException("nothing is sent over a full window of inflight appends");
        }

        if (Count == ring.Length)
        {
            Grow();
        }

        ring[(start + Count) % ring.Length] = (index, bytes);
        Count++;
        this.bytes += bytes;
    }

    /// <summary>The follower has acknowledged everything up to an index.</summary>
    public void FreeUpTo(ulong index)
    {
        while (Count > 0 && ring[start].Index <= index)
        {
            bytes -= ring[start].Bytes;
            start = (start + 1) % ring.Length;
            Count--;
        }
    }

    public void Reset()
    {
        start = 0;
        bytes = 0;
        Count = 0;
    }

    // Grown on demand: most windows stay far below their limit.
    private void Grow()
    {
        (ulong, ulong)[] ring = new (ulong, ulong)[(int)Math.Min(maxCount, Math.Max(4, 2L * this.ring.Length))];
        for (int i = 0; i < Count; i++)
        {
            ring[i] = this.ring[(start + i) % this.ring.Length];
        }

        this.ring = ring;
        start = 0;
    }
}
