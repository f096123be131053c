using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// The multi-version store, written by the apply stage alone: key index in memory, records in the backend, those not yet
/// committed in between. Readers see what <see cref="Publish"/> made visible.
/// </summary>
/// <remarks>
/// A write transaction takes the next main revision when its first change is made; one without changes takes none
/// (invariant 8).
/// </remarks>
internal sealed class MvccStore
{
    private readonly KeyIndex index;
    private readonly PendingRecordLog pending = new();
    private BackendView view;
    private ReadState published;
    private int changesInTransaction;

    private MvccStore(KeyIndex index, LeaseTable leases, BackendView view, long revision, long compactRevision)
    {
        this.index = index;
        Leases = leases;
        this.view = view;
        Revision = revision;
        CompactRevision = compactRevision;
        published = new ReadState(index.Publish(), revision, compactRevision, pending.View, view);
    }

    /// <summary>The leases, which hear of every change of a key.</summary>
    public LeaseTable Leases { get; }

    /// <summary>The revision of the last finished transaction; 1 is the empty store.</summary>
    public long Revision { get; private set; }

    /// <summary>The revision compacted to, or -1.</summary>
    public long CompactRevision { get; private set; }

    /// <summary>Records that wait for a commit.</summary>
    public int PendingCount => pending.Count;

    /// <summary>Bytes of the records that wait for a commit.</summary>
    public long PendingBytes => pending.ValueBytes;

    /// <summary>The state that readers see, from any thread.</summary>
    public ReadState Published => Volatile.Read(ref published);

    /// <summary>The store as the writer sees it, the running transaction included.</summary>
    public ReadState Working => new(index.Current, RevisionInTransaction, CompactRevision, pending.View, view);

    /// <summary>The key index, for a compaction's steps.</summary>
    public KeyIndex Index => index;

    /// <summary>The revision that a read within the running transaction is answered at.</summary>
    public long RevisionInTransaction => changesInTransaction > 0 ? Revision + 1 : Revision;

    /// <summary>Builds the store from a backend.</summary>
    /// <param name="view">The backend.</param>
    /// <param name="seed">The secret of the tables of leases and their keys.</param>
    /// <param name="beside">Begins a piece of work on another thread, and returns what waits for it; null where there is none.</param>
    public static MvccStore Restore(BackendView view, HashSeed seed, Func<Action, Action>? beside = null)
    {
        LeaseTable leases = LeaseTable.Restore(view, seed);
        StoreRestore restore = StoreRestore.Run(view, leases, beside);
        return new MvccStore(restore.Index, leases, view, restore.Revision, restore.CompactRevision);
    }

    /// <summary>Takes the published state for reading, from any thread; false where the store is closed.</summary>
    public bool TryAcquire(out ReadHandle handle)
    {
        while (true)
        {
            ReadState state = Published;
            if (state.View.TryAcquire())
            {
                handle = new ReadHandle(state);
                return true;
            }

            // The view was let go either because a newer one is published, or because the store was closed.
            if (ReferenceEquals(state, Published))
            {
                handle = default;
                return false;
            }
        }
    }

    /// <summary>As <see cref="TryAcquire"/>, for who knows that the store is open.</summary>
    public ReadHandle Acquire() =>
        TryAcquire(out ReadHandle handle) ? handle : throw new InvalidOperationException("the store is closed");

    /// <summary>Writes a key.</summary>
    /// <returns>The change's main revision.</returns>
    public long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease)
    {
        Revision revision = NextChange();
        KeyRecord record = index.Put(key, revision);
        byte[] bytes = KeyValueView.Encode(key, value, record.CreateMain, revision.Main, record.Version, lease);
        pending.Add(new PendingRecord(revision, IsTombstone: false, bytes));
        Leases.Attach(key, lease);
        return revision.Main;
    }

    /// <summary>
    /// Deletes the first live keys of an interval, in their order; fewer than asked for where there are no more. Those deleted are passed
    /// over the next time, so that an interval may be deleted in pieces.
    /// </summary>
    public int DeleteNext(in KeyInterval interval, int most)
    {
        if (interval.IsSingle)
        {
            return Delete(interval.Start) ? 1 : 0;
        }

        List<byte[]> keys = [];
        IndexCursor cursor = index.Current.Walk(interval);
        while (keys.Count < most && cursor.Next(onlyLive: true))
        {
            keys.Add(cursor.Key.ToArray());
        }

        foreach (byte[] key in keys)
        {
            DeleteLive(key);
        }

        return keys.Count;
    }

    /// <summary>Deletes a key; false where there is none.</summary>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        if (!index.Current.TryGet(key, out KeyRecord record) || !record.IsLive)
        {
            return false;
        }

        DeleteLive(key);
        return true;
    }

    /// <summary>
    /// The store as it is at this place of the running transaction, for reads later and elsewhere: its view of the backend has to be held
    /// by who keeps it.
    /// </summary>
    public ReadState Freeze() => new(index.Publish(), RevisionInTransaction, CompactRevision, pending.View, view);

    /// <summary>Whether a transaction has made changes and has not ended.</summary>
    public bool IsInTransaction => changesInTransaction > 0;

    /// <summary>Ends the running transaction: its changes become a revision.</summary>
    public void EndTransaction()
    {
        if (changesInTransaction > 0)
        {
            Revision++;
            changesInTransaction = 0;
        }
    }

    /// <summary>Makes revisions before this one unreadable; the caller has checked that it is in the store's range.</summary>
    public void SetCompactRevision(long revision) => CompactRevision = revision;

    /// <summary>Makes all finished transactions visible to readers.</summary>
    public void Publish()
    {
        if (IsInTransaction)
        {
            throw new InvalidOperationException("a transaction is still running");
        }

        Volatile.Write(ref published, new ReadState(index.Publish(), Revision, CompactRevision, pending.View, view));
    }

    /// <summary>The first records that wait, for a commit.</summary>
    public PendingRecords TakePending(int count) => pending.View.Take(count);

    /// <summary>The backend has committed the first records; readers go over to the new view.</summary>
    public void Committed(int records, BackendView next)
    {
        BackendView previous = view;
        pending.RemoveFirst(records);
        view = next;
        Publish();
        previous.Release();
    }

    /// <summary>Lets go of the backend; no reads may follow.</summary>
    public void Close() => view.Release();

    private void DeleteLive(ReadOnlySpan<byte> key)
    {
        Revision revision = NextChange();
        index.Delete(key, revision);
        byte[] record = KeyValueView.Encode(key, default, 0, 0, 0, 0);
        pending.Add(new PendingRecord(revision, IsTombstone: true, record));
        Leases.Detach(key);
    }

    private Revision NextChange() => new(Revision + 1, changesInTransaction++);
}
