namespace Netcd.Raft;

/// <summary>
/// The stable log kept in memory: the usual companion of a write-ahead log on disk, which is replayed into it at the start.
/// Safe for one writer beside the raft node that reads. Slices handed out are never changed: appending fills free slots, anything
/// that would change a filled slot starts a new array.
/// </summary>
public sealed class MemoryLogStorage : ILogStorage
{
    private readonly Lock gate = new();
    private Entry[] entries = [];
    private int count;
    private ulong offset;
    private ulong offsetTerm;
    private HardState hardState;
    private Snapshot snapshot = Raft.Snapshot.Empty;

    /// <inheritdoc/>
    public ulong FirstIndex
    {
        get
        {
            lock (gate)
            {
                return offset + 1;
            }
        }
    }

    /// <inheritdoc/>
    public ulong LastIndex
    {
        get
        {
            lock (gate)
            {
                return Last;
            }
        }
    }

    private ulong Last => offset + (ulong)count;

    /// <inheritdoc/>
    public InitialState InitialState()
    {
        lock (gate)
        {
            return new InitialState(hardState, snapshot.Metadata.ConfState);
        }
    }

    /// <inheritdoc/>
    public LogResult Entries(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        lock (gate)
        {
            entries = default;
            if (low <= offset)
            {
                return LogResult.Compacted;
            }

            if (high > Last + 1 || low >= high)
            {
                return LogResult.Unavailable;
            }

            entries = this.entries.AsMemory((int)(low - offset - 1), (int)(high - low));
        }

        entries = EntrySizes.Limit(entries, maxBytes);
        return LogResult.Ok;
    }

    /// <inheritdoc/>
    public LogResult Term(ulong index, out ulong term)
    {
        lock (gate)
        {
            term = 0;
            if (index < offset)
            {
                return LogResult.Compacted;
            }

            if (index > Last)
            {
                return LogResult.Unavailable;
            }

            term = index == offset ? offsetTerm : entries[index - offset - 1].Term;
            return LogResult.Ok;
        }
    }

    /// <inheritdoc/>
    public LogResult Snapshot(out Snapshot snapshot)
    {
        lock (gate)
        {
            snapshot = this.snapshot;
        }

        return LogResult.Ok;
    }

    /// <summary>Keeps the hard state that <see cref="InitialState"/> shall return.</summary>
    public void SetHardState(HardState state)
    {
        lock (gate)
        {
            hardState = state;
        }
    }

    /// <summary>
    /// Appends entries, which must follow the log without a gap. Entries already there at the same indexes, and all behind them, are
    /// replaced; entries below <see cref="FirstIndex"/> are left out.
    /// </summary>
    /// <exception cref="RaftInvariantException">The entries would leave a gap.</exception>
    public void Append(ReadOnlySpan<Entry> entries)
    {
        lock (gate)
        {
            if (!entries.IsEmpty && entries[0].Index <= offset)
            {
                entries = entries[(int)Math.Min(offset + 1 - entries[0].Index, (ulong)entries.Length)..];
            }

            if (entries.IsEmpty)
            {
                return;
            }

            ulong position = entries[0].Index - offset - 1;
            if (position > (ulong)count)
            {
                throw new RaftInvariantException($"the stored log has no gaps: last {Last}, append at {entries[0].Index}");
            }

            if ((int)position < count || (int)position + entries.Length > this.entries.Length)
            {
                Move(0, (int)position, entries.Length);
            }

            entries.CopyTo(this.entries.AsSpan((int)position));
            count = (int)position + entries.Length;
        }
    }

    /// <summary>Replaces the whole log by a snapshot received.</summary>
    /// <returns><see cref="LogResult.SnapshotOutOfDate"/> when a newer one is there, else <see cref="LogResult.Ok"/>.</returns>
    public LogResult ApplySnapshot(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        lock (gate)
        {
            // A snapshot at index 0 carries only the configuration to start from.
            if (this.snapshot.Metadata.Index != 0 && this.snapshot.Metadata.Index >= snapshot.Metadata.Index)
            {
                return LogResult.SnapshotOutOfDate;
            }

            this.snapshot = snapshot;
            offset = snapshot.Metadata.Index;
            offsetTerm = snapshot.Metadata.Term;
            entries = [];
            count = 0;
            return LogResult.Ok;
        }
    }

    /// <summary>Makes the snapshot that followers far behind are sent. The log itself is kept until <see cref="Compact"/>.</summary>
    /// <param name="index">The applied index that <paramref name="data"/> stands for.</param>
    /// <param name="confState">The configuration at that index; null: unchanged since the last snapshot.</param>
    /// <param name="data">The application's state.</param>
    /// <param name="snapshot">The snapshot made.</param>
    /// <returns><see cref="LogResult.SnapshotOutOfDate"/> when one at or beyond the index is there, <see cref="LogResult.Unavailable"/>
    /// when the index is beyond the log, else <see cref="LogResult.Ok"/>.</returns>
    public LogResult CreateSnapshot(ulong index, ConfState? confState, ReadOnlyMemory<byte> data, out Snapshot snapshot)
    {
        lock (gate)
        {
            snapshot = this.snapshot;
            if (index <= this.snapshot.Metadata.Index)
            {
                return LogResult.SnapshotOutOfDate;
            }

            if (index > Last)
            {
                return LogResult.Unavailable;
            }

            ulong term = index <= offset ? offsetTerm : entries[index - offset - 1].Term;
            this.snapshot = snapshot = new Snapshot
            {
                Data = data,
                Metadata = new SnapshotMetadata { Index = index, Term = term, ConfState = confState ?? this.snapshot.Metadata.ConfState },
            };
            return LogResult.Ok;
        }
    }

    /// <summary>Drops all entries up to and with an index, which must be applied.</summary>
    /// <returns><see cref="LogResult.Compacted"/> when they are gone already, <see cref="LogResult.Unavailable"/> when the index is beyond
    /// the log, else <see cref="LogResult.Ok"/>.</returns>
    public LogResult Compact(ulong index)
    {
        lock (gate)
        {
            if (index <= offset)
            {
                return LogResult.Compacted;
            }

            if (index > Last)
            {
                return LogResult.Unavailable;
            }

            int drop = (int)(index - offset);
            offsetTerm = entries[drop - 1].Term;
            offset = index;
            Move(drop, count - drop, 0);
            return LogResult.Ok;
        }
    }

    /// <summary>The index to <see cref="Compact"/> to, so that of the entries up to <paramref name="index"/> no more are kept than these
    /// numbers allow.</summary>
    /// <param name="index">An index of the log: all behind it are kept.</param>
    /// <param name="maxEntries">Entries to keep at the most.</param>
    /// <param name="maxBytes">Bytes of their payloads at the most.</param>
    public ulong CompactionPoint(ulong index, ulong maxEntries, ulong maxBytes)
    {
        lock (gate)
        {
            index = Math.Min(index, Last);
            ulong point = index;
            ulong bytes = 0;
            while (point > offset && index - point < maxEntries)
            {
                bytes += (ulong)entries[point - offset - 1].Data.Length;
                if (bytes > maxBytes)
                {
                    break;
                }

                point--;
            }

            return point;
        }
    }

    // Copies `keep` entries from position `from` to the start of a new array with room for `more`; a log that is compacted as it grows
    // keeps its capacity.
    private void Move(int from, int keep, int more)
    {
        int capacity = more == 0 ? Math.Min(this.entries.Length, 4 * keep) : Math.Max(keep + more, 2 * keep);
        Entry[] entries = new Entry[Math.Max(16, capacity)];
        this.entries.AsSpan(from, keep).CopyTo(entries);
        this.entries = entries;
        count = keep;
    }
}
