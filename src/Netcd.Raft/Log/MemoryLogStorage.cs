namespace Netcd.Raft;

/// <summary>
/// The stable log kept in memory: the usual companion of a write-ahead log on disk, which is replayed into it at the start.
/// Safe for one writer beside the raft node that reads. Slices handed out are never changed: appending fills free slots, anything
/// that would change a filled slot starts a new array.
/// </summary>
public sealed class MemoryLogStorage : ILogStorage
{
    private readonly Lock _gate = new();
    private Entry[] _entries = [];
    private int _count;
    private ulong _offset;
    private ulong _offsetTerm;
    private HardState _hardState;
    private Snapshot _snapshot = Raft.Snapshot.Empty;

    /// <inheritdoc/>
    public ulong FirstIndex
    {
        get
        {
            lock (_gate)
                return _offset + 1;
        }
    }

    /// <inheritdoc/>
    public ulong LastIndex
    {
        get
        {
            lock (_gate)
                return Last;
        }
    }

    private ulong Last => _offset + (ulong)_count;

    /// <inheritdoc/>
    public InitialState InitialState()
    {
        lock (_gate)
            return new InitialState(_hardState, _snapshot.Metadata.ConfState);
    }

    /// <inheritdoc/>
    public LogResult Entries(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        lock (_gate)
        {
            entries = default;
            if (low <= _offset)
                return LogResult.Compacted;
            if (high > Last + 1 || low >= high)
                return LogResult.Unavailable;
            entries = _entries.AsMemory((int)(low - _offset - 1), (int)(high - low));
        }

        entries = EntrySizes.Limit(entries, maxBytes);
        return LogResult.Ok;
    }

    /// <inheritdoc/>
    public LogResult Term(ulong index, out ulong term)
    {
        lock (_gate)
        {
            term = 0;
            if (index < _offset)
                return LogResult.Compacted;
            if (index > Last)
                return LogResult.Unavailable;
            term = index == _offset ? _offsetTerm : _entries[index - _offset - 1].Term;
            return LogResult.Ok;
        }
    }

    /// <inheritdoc/>
    public LogResult Snapshot(out Snapshot snapshot)
    {
        lock (_gate)
            snapshot = _snapshot;
        return LogResult.Ok;
    }

    /// <summary>Keeps the hard state that <see cref="InitialState"/> shall return.</summary>
    public void SetHardState(HardState state)
    {
        lock (_gate)
            _hardState = state;
    }

    /// <summary>
    /// Appends entries, which must follow the log without a gap. Entries already there at the same indexes, and all behind them, are
    /// replaced; entries below <see cref="FirstIndex"/> are left out.
    /// </summary>
    /// <exception cref="RaftInvariantException">The entries would leave a gap.</exception>
    public void Append(ReadOnlySpan<Entry> entries)
    {
        lock (_gate)
        {
            if (!entries.IsEmpty && entries[0].Index <= _offset)
                entries = entries[(int)Math.Min(_offset + 1 - entries[0].Index, (ulong)entries.Length)..];
            if (entries.IsEmpty)
                return;

            var position = entries[0].Index - _offset - 1;
            if (position > (ulong)_count)
                throw new RaftInvariantException($"the stored log has no gaps: last {Last}, append at {entries[0].Index}");
            if ((int)position < _count || (int)position + entries.Length > _entries.Length)
                Move(0, (int)position, entries.Length);
            entries.CopyTo(_entries.AsSpan((int)position));
            _count = (int)position + entries.Length;
        }
    }

    /// <summary>Replaces the whole log by a snapshot received.</summary>
    /// <returns><see cref="LogResult.SnapshotOutOfDate"/> when a newer one is there, else <see cref="LogResult.Ok"/>.</returns>
    public LogResult ApplySnapshot(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        lock (_gate)
        {
            // A snapshot at index 0 carries only the configuration to start from.
            if (_snapshot.Metadata.Index != 0 && _snapshot.Metadata.Index >= snapshot.Metadata.Index)
                return LogResult.SnapshotOutOfDate;
            _snapshot = snapshot;
            _offset = snapshot.Metadata.Index;
            _offsetTerm = snapshot.Metadata.Term;
            _entries = [];
            _count = 0;
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
        lock (_gate)
        {
            snapshot = _snapshot;
            if (index <= _snapshot.Metadata.Index)
                return LogResult.SnapshotOutOfDate;
            if (index > Last)
                return LogResult.Unavailable;
            var term = index <= _offset ? _offsetTerm : _entries[index - _offset - 1].Term;
            _snapshot = snapshot = new Snapshot
            {
                Data = data,
                Metadata = new SnapshotMetadata { Index = index, Term = term, ConfState = confState ?? _snapshot.Metadata.ConfState },
            };
            return LogResult.Ok;
        }
    }

    /// <summary>Drops all entries up to and with an index, which must be applied.</summary>
    /// <returns><see cref="LogResult.Compacted"/> when they are gone already, <see cref="LogResult.Unavailable"/> when the index is beyond
    /// the log, else <see cref="LogResult.Ok"/>.</returns>
    public LogResult Compact(ulong index)
    {
        lock (_gate)
        {
            if (index <= _offset)
                return LogResult.Compacted;
            if (index > Last)
                return LogResult.Unavailable;
            var drop = (int)(index - _offset);
            _offsetTerm = _entries[drop - 1].Term;
            _offset = index;
            Move(drop, _count - drop, 0);
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
        lock (_gate)
        {
            index = Math.Min(index, Last);
            var point = index;
            ulong bytes = 0;
            while (point > _offset && index - point < maxEntries)
            {
                bytes += (ulong)_entries[point - _offset - 1].Data.Length;
                if (bytes > maxBytes)
                    break;
                point--;
            }

            return point;
        }
    }

    // Copies `keep` entries from position `from` to the start of a new array with room for `more`; a log that is compacted as it grows
    // keeps its capacity.
    private void Move(int from, int keep, int more)
    {
        var capacity = more == 0 ? Math.Min(_entries.Length, 4 * keep) : Math.Max(keep + more, 2 * keep);
        var entries = new Entry[Math.Max(16, capacity)];
        _entries.AsSpan(from, keep).CopyTo(entries);
        _entries = entries;
        _count = keep;
    }
}
