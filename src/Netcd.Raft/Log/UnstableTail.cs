namespace Netcd.Raft;

/// <summary>
/// The end of the log that the disk may not hold yet: new entries and at most one snapshot, some of them being written.
/// An entry leaves when its write is known to be durable and not about to be overwritten.
/// </summary>
/// <remarks>
/// Hot: every proposal passes here. Slices are handed out without a copy, so a slot once filled is never written again:
/// entries are only added behind the last, and a truncation starts a new array.
/// </remarks>
internal sealed class UnstableTail(ulong offset)
{
    private const int MinimumCapacity = 16;

    /// <summary>An emptied array larger than this is let go: its stale slots would keep payloads alive.</summary>
    private const int LargestCapacityKept = 1024;

    private Entry[] slots = [];
    private int start;
    private int count;

    /// <summary>The index of the first entry here; what is below is stable. May be below the end of the stable log, to overwrite
    /// it.</summary>
    public ulong Offset { get; private set; } = offset;

    /// <summary>Entries below this index are being written.</summary>
    public ulong OffsetInProgress { get; private set; } = offset;

    /// <summary>A snapshot received and not yet stored.</summary>
    public Snapshot? Snapshot { get; private set; }

    private bool SnapshotInProgress { get; set; }

    /// <summary>True when entries are here, whether being written or not.</summary>
    public bool HasEntries => count > 0;

    /// <summary>The index after the last entry.</summary>
    public ulong End => Offset + (ulong)count;

    /// <summary>The entries whose writing has not begun.</summary>
    public ReadOnlyMemory<Entry> NextEntries
    {
        get
        {
            int inProgress = (int)(OffsetInProgress - Offset);
            return slots.AsMemory(start + inProgress, count - inProgress);
        }
    }

    /// <summary>The snapshot whose writing has not begun.</summary>
    public Snapshot? NextSnapshot => SnapshotInProgress ? null : Snapshot;

    /// <summary>The first index of the log, if a snapshot decides it.</summary>
    public bool TryFirstIndex(out ulong index)
    {
        index = Snapshot is null ? 0 : Snapshot.Metadata.Index + 1;
        return Snapshot is not null;
    }

    /// <summary>The last index of the log, if it is here.</summary>
    public bool TryLastIndex(out ulong index)
    {
        if (count > 0)
        {
            index = End - 1;
            return true;
        }

        index = Snapshot?.Metadata.Index ?? 0;
        return Snapshot is not null;
    }

    /// <summary>The term of the entry at an index, if it is here.</summary>
    public bool TryTerm(ulong index, out ulong term)
    {
        if (index >= Offset && index < End)
        {
            term = slots[start + (int)(index - Offset)].Term;
            return true;
        }

        if (index < Offset && Snapshot is { } snapshot && snapshot.Metadata.Index == index)
        {
            term = snapshot.Metadata.Term;
            return true;
        }

        term = 0;
        return false;
    }

    /// <summary>Marks all that is here as being written.</summary>
    public void AcceptInProgress()
    {
        if (count > 0)
        {
            OffsetInProgress = End;
        }

        if (Snapshot is not null)
        {
            SnapshotInProgress = true;
        }
    }

    /// <summary>
    /// Lets go what is durable. Ignored when the entry is not here or has another term: then the tail was replaced while the write was
    /// under way, and the newer write is yet to complete.
    /// </summary>
    public void StableTo(EntryId id)
    {
        if (id.Index < Offset || !TryTerm(id.Index, out ulong term) || term != id.Term)
        {
            return;
        }

        int stable = (int)(id.Index + 1 - Offset);
        start += stable;
        count -= stable;
        Offset = id.Index + 1;
        OffsetInProgress = Math.Max(OffsetInProgress, Offset);
        if (count == 0 && (slots.Length > LargestCapacityKept || start > slots.Length / 2))
        {
            Replace([], 0);
        }
    }

    /// <summary>Lets go the snapshot at an index, now that it is stored.</summary>
    public void SnapshotStableTo(ulong index)
    {
        if (Snapshot is not { } snapshot || snapshot.Metadata.Index != index)
        {
            return;
        }

        Snapshot = null;
        SnapshotInProgress = false;
    }

    /// <summary>Starts anew behind a snapshot.</summary>
    public void Restore(Snapshot snapshot)
    {
        Offset = snapshot.Metadata.Index + 1;
        OffsetInProgress = Offset;
        Replace([], 0);
        Snapshot = snapshot;
        SnapshotInProgress = false;
    }

    /// <summary>Appends entries; those in the way at the same indexes and behind are dropped.</summary>
    public void TruncateAndAppend(ReadOnlySpan<Entry> entries)
    {
        ulong from = entries[0].Index;
        if (from < End)
        {
            Truncate(from);
        }
        else if (from > End)
        {
            throw new RaftInvariantException($"the log has no gaps: entry {from} appended after {End - 1}");
        }

        entries.CopyTo(Reserve(entries.Length));
    }

    /// <summary>Room for <paramref name="count"/> entries behind the last, to be filled by the caller at once.</summary>
    public Span<Entry> Reserve(int count)
    {
        int end = start + this.count;
        if (count > slots.Length - end)
        {
            Span<Entry> live = this.slots.AsSpan(start, this.count);
            int capacity = Math.Max(MinimumCapacity, this.count == 0 ? count : 2 * (this.count + count));
            Entry[] slots = new Entry[capacity];
            live.CopyTo(slots);
            Replace(slots, this.count);
            end = this.count;
        }

        this.count += count;
        return slots.AsSpan(end, count);
    }

    /// <summary>The entries from <paramref name="low"/> to before <paramref name="high"/>, all of which must be here.</summary>
    public ReadOnlyMemory<Entry> Slice(ulong low, ulong high)
    {
        if (low > high || low < Offset || high > End)
        {
            throw new RaftInvariantException($"unstable slice [{low},{high}) lies within [{Offset},{End})");
        }

        return slots.AsMemory(start + (int)(low - Offset), (int)(high - low));
    }

    private void Truncate(ulong from)
    {
        if (from <= Offset)
        {
            Replace([], 0);
            Offset = from;
            OffsetInProgress = from;
            return;
        }

        int keep = (int)(from - Offset);
        Entry[] slots = new Entry[Math.Max(MinimumCapacity, 2 * keep)];
        this.slots.AsSpan(start, keep).CopyTo(slots);
        Replace(slots, keep);
        OffsetInProgress = Math.Min(OffsetInProgress, from);
    }

    private void Replace(Entry[] slots, int count)
    {
        this.slots = slots;
        start = 0;
        this.count = count;
    }
}
