using Netcd.Engine.Backend;
using Netcd.Engine.Leases;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Mvcc;

/// <summary>Reads the key index, the revisions and the leases' keys back from the backend.</summary>
internal sealed class StoreRestore
{
    private const long EmptyRevision = 1;
    private const long NotCompacted = -1;

    /// <summary>Enough that keys which several clients wrote at once come in order, in some ten megabytes.</summary>
    private const int BatchRecords = 65_536;

    private StoreRestore(KeyIndex index, long revision, long compactRevision)
    {
        Index = index;
        Revision = revision;
        CompactRevision = compactRevision;
    }

    public KeyIndex Index { get; }

    public long Revision { get; }

    public long CompactRevision { get; }

    /// <summary>Reads all records once.</summary>
    /// <param name="view">The backend.</param>
    /// <param name="leases">The leases without their keys, which are attached here: each record names its key's lease.</param>
    /// <param name="beside">Begins a piece of work on another thread, and returns what waits for it; null where there is none.</param>
    public static StoreRestore Run(BackendView view, LeaseTable leases, Func<Action, Action>? beside)
    {
        IndexRestore restore = new(BatchRecords, beside);
        long revision = EmptyRevision;
        if (view.Transaction.TryGetBucket(Schema.Key, out BoltBucket? records))
        {
            using BoltScan scan = records.Scan();
            while (scan.Next())
            {
                revision = Math.Max(revision, RestoreRecord(restore, leases, scan.Key, scan.Value));
            }
        }

        KeyIndex index = restore.End();
        // A compaction that was scheduled and not finished is run again: what it began to delete must not be read.
        long compacted = Math.Max(ReadCompaction(view, Schema.FinishedCompact), ReadCompaction(view, Schema.ScheduledCompact));
        // The newest records may all have been deleted by the compaction: the revision never goes back (etcd issue 17780).
        return new StoreRestore(index, Math.Max(revision, compacted), compacted);
    }

    /// <summary>The revision that a compaction has left in the <c>meta</c> bucket, or -1.</summary>
    public static long ReadCompaction(BackendView view, ReadOnlySpan<byte> name) =>
        view.Transaction.TryGetBucket(Schema.Meta, out BoltBucket? meta)
        && meta.TryGet(name, out ReadOnlySpan<byte> value)
        && Records.Revision.TryDecode(value, out Revision revision, out _)
            ? revision.Main
            : NotCompacted;

    private static long RestoreRecord(IndexRestore restore, LeaseTable leases, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!Records.Revision.TryDecode(key, out Revision revision, out bool isTombstone))
        {
            throw new InvalidDataException($"the backend's key bucket holds a key that is not a revision: {Convert.ToHexString(key)}");
        }

        KeyValueView kv = KeyValueView.Parse(value);
        restore.Add(kv.Key, new RestoredChange(revision, isTombstone, kv.CreateRevision, kv.Version));
        leases.Attach(kv.Key, isTombstone ? 0 : kv.Lease);
        return revision.Main;
    }
}
