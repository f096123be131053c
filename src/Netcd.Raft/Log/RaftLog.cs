namespace Netcd.Raft;

/// <summary>The log as raft sees it: the stable storage with the unstable tail behind (and over) it, and how far it is committed and
/// applied.</summary>
internal sealed partial class RaftLog
{
    private readonly ILogStorage storage;
    private readonly UnstableTail unstable;

    public RaftLog(ILogStorage storage, ulong maxApplyingBytes = EntrySizes.Unlimited)
    {
        this.storage = storage;
        this.maxApplyingBytes = maxApplyingBytes;
        unstable = new UnstableTail(storage.LastIndex + 1);
        Committed = Applying = Applied = storage.FirstIndex - 1;
    }

    /// <summary>The highest index known to be on the disks of a quorum.</summary>
    public ulong Committed { get; private set; }

    public UnstableTail Unstable => unstable;

    public ulong FirstIndex => unstable.TryFirstIndex(out ulong index) ? index : storage.FirstIndex;

    public ulong LastIndex => unstable.TryLastIndex(out ulong index) ? index : storage.LastIndex;

    public EntryId LastEntryId
    {
        get
        {
            ulong index = LastIndex;
            if (Term(index, out ulong term) != LogResult.Ok)
            {
                throw new RaftInvariantException($"the term of the last entry ({index}) is known");
            }

            return new EntryId(term, index);
        }
    }

    /// <summary>True when a snapshot waits to be stored or is being stored: nothing may be applied over it.</summary>
    public bool HasPendingSnapshot => unstable.Snapshot is not null;

    public LogResult Snapshot(out Snapshot snapshot)
    {
        if (unstable.Snapshot is { } pending)
        {
            snapshot = pending;
            return LogResult.Ok;
        }

        return storage.Snapshot(out snapshot);
    }

    /// <summary>
    /// A follower takes entries after <paramref name="previous"/>. False when its log does not hold that entry; then nothing changed.
    /// </summary>
    public bool TryAppend(EntryId previous, ReadOnlyMemory<Entry> entries, ulong committed, out ulong lastNew)
    {
        lastNew = 0;
        if (!Matches(previous))
        {
            return false;
        }

        lastNew = previous.Index + (ulong)entries.Length;
        int conflict = FirstConflict(entries.Span);
        if (conflict < entries.Length)
        {
            Append(entries.Span[conflict..]);
        }

        CommitTo(Math.Min(committed, lastNew));
        return true;
    }

    public void Append(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
        {
            return;
        }

        if (entries[0].Index <= Committed)
        {
            throw new RaftInvariantException($"committed entries are never replaced: append at {entries[0].Index}, committed {Committed}");
        }

        unstable.TruncateAndAppend(entries);
    }

    /// <summary>Room for a leader's own entries behind the last, to be filled at once.</summary>
    public Span<Entry> Reserve(int count)
    {
        // Behind a snapshot or a stable log the tail starts where the log ends; a leader never truncates.
        if (unstable.End != LastIndex + 1)
        {
            throw new RaftInvariantException($"the unstable tail ends where the log ends: {unstable.End - 1}, {LastIndex}");
        }

        return unstable.Reserve(count);
    }

    /// <summary>
    /// The largest index up to <paramref name="index"/> whose term is at most <paramref name="term"/> (or not known: term 0):
    /// where this log may agree with one that holds <paramref name="term"/> at <paramref name="index"/>.
    /// </summary>
    public EntryId FindConflictByTerm(ulong index, ulong term)
    {
        for (; index > 0; index--)
        {
            if (Term(index, out ulong ours) != LogResult.Ok)
            {
                return new EntryId(0, index);
            }

            if (ours <= term)
            {
                return new EntryId(ours, index);
            }
        }

        return default;
    }

    public LogResult Term(ulong index, out ulong term)
    {
        if (unstable.TryTerm(index, out term))
        {
            return LogResult.Ok;
        }

        // The term just before the first entry is kept for matching.
        if (index + 1 < FirstIndex)
        {
            return LogResult.Compacted;
        }

        if (index > LastIndex)
        {
            return LogResult.Unavailable;
        }

        return storage.Term(index, out term);
    }

    public bool Matches(EntryId id) => Term(id.Index, out ulong term) == LogResult.Ok && term == id.Term;

    /// <summary>The voting rule (section 5.4.1): is a log that ends with <paramref name="their"/> as up to date as ours?</summary>
    public bool IsUpToDate(EntryId their)
    {
        EntryId our = LastEntryId;
        return their.Term > our.Term || (their.Term == our.Term && their.Index >= our.Index);
    }

    /// <summary>
    /// The commit index moves on, never back. At the start, what was compacted stands for a commit index that may not have reached the
    /// disk.
    /// </summary>
    public void CommitTo(ulong index)
    {
        if (index <= Committed)
        {
            return;
        }

        if (index > LastIndex)
        {
            throw new RaftInvariantException(
                $"only entries of the log are committed: commit {index}, last {LastIndex}; was the log truncated or lost?");
        }

        Committed = index;
    }

    /// <summary>The commit rule (section 5.4.2): only an entry of the leader's own term is committed by counting.</summary>
    public bool TryCommit(EntryId at)
    {
        if (at.Term == 0 || at.Index <= Committed || !Matches(at))
        {
            return false;
        }

        CommitTo(at.Index);
        return true;
    }


    public void StableTo(EntryId id) => unstable.StableTo(id);

    public void SnapshotStableTo(ulong index) => unstable.SnapshotStableTo(index);

    public void AcceptUnstable() => unstable.AcceptInProgress();

    public void Restore(Snapshot snapshot)
    {
        Committed = snapshot.Metadata.Index;
        unstable.Restore(snapshot);
    }

    // The position in `entries` of the first that this log does not hold; their count when it holds all of them.
    private int FirstConflict(ReadOnlySpan<Entry> entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            if (!Matches(new EntryId(entries[i].Term, entries[i].Index)))
            {
                return i;
            }
        }

        return entries.Length;
    }
}
