namespace Netcd.Raft;

/// <summary>
/// The appends sent to a follower and not yet answered: a ring of their last indexes and sizes, bounded in count and bytes.
/// The bound on bytes is soft: the message that reaches it is still sent.
/// </summary>
internal sealed class Inflights(int maxCount, ulong maxBytes)
{
    private (ulong Index, ulong Bytes)[] _ring = [];
    private int _start;
    private ulong _bytes;

    public int Count { get; private set; }

    /// <summary>True when no more may be sent.</summary>
    public bool IsFull => Count == maxCount || (maxBytes != 0 && _bytes >= maxBytes);

    /// <summary>An append was sent whose last entry is at <paramref name="index"/>. Indexes ascend.</summary>
    public void Add(ulong index, ulong bytes)
    {
        if (IsFull)
            throw new RaftInvariantException("nothing is sent over a full window of inflight appends");
        if (Count == _ring.Length)
            Grow();
        _ring[(_start + Count) % _ring.Length] = (index, bytes);
        Count++;
        _bytes += bytes;
    }

    /// <summary>The follower has acknowledged everything up to an index.</summary>
    public void FreeUpTo(ulong index)
    {
        while (Count > 0 && _ring[_start].Index <= index)
        {
            _bytes -= _ring[_start].Bytes;
            _start = (_start + 1) % _ring.Length;
            Count--;
        }
    }

    public void Reset()
    {
        _start = 0;
        _bytes = 0;
        Count = 0;
    }

    // Grown on demand: most windows stay far below their limit.
    private void Grow()
    {
        var ring = new (ulong, ulong)[(int)Math.Min(maxCount, Math.Max(4, 2L * _ring.Length))];
        for (var i = 0; i < Count; i++)
            ring[i] = _ring[(_start + i) % _ring.Length];
        _ring = ring;
        _start = 0;
    }
}
