using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;

namespace Netcd.Engine.Tests.Mvcc;

/// <summary>A store over a backend file on a simulated disk, with commits and compactions run by hand.</summary>
internal sealed class StoreFixture : IDisposable
{
    private readonly SimulatedDisk disk = new(keepLog: false);
    private readonly Queue<Compaction> compactions = [];
    private BackendFile file;
    private ulong index;

    public StoreFixture()
    {
        disk.CreateDirectory("/data");
        file = BackendFile.Open(disk, "/data/db");
        Store = MvccStore.Restore(file.OpenView(), new HashSeed(1, 2));
    }

    public MvccStore Store { get; private set; }

    /// <summary>Writes all that is applied to the file.</summary>
    public void Commit(IReadOnlyList<CompactedRecord>? deletions = null, IReadOnlyList<BucketChange>? changes = null)
    {
        BackendBatch batch = new()
        {
            Records = Store.TakePending(Store.PendingCount),
            Deletions = deletions ?? [],
            Changes = changes ?? [],
            ConsistentIndex = ++index,
            Term = 1,
        };
        file.Commit(batch);
        Store.Committed(batch.Records.Count, file.OpenView());
    }

    /// <summary>Schedules a compaction as the applier does.</summary>
    public void Compact(long revision)
    {
        Store.SetCompactRevision(revision);
        Commit(changes: [new BucketChange(Schema.Meta.ToArray(), Schema.ScheduledCompact.ToArray(), Compaction.EncodeMark(revision))]);
        compactions.Enqueue(new Compaction(Store, revision));
    }

    /// <summary>Runs a step of the compaction at the head, if there is one: a part of the index, or some deletions.</summary>
    public void StepCompaction(int keys, int records)
    {
        if (!compactions.TryPeek(out Compaction? compaction))
        {
            return;
        }

        if (!compaction.IsIndexDone)
        {
            compaction.StepIndex(keys);
            return;
        }

        List<CompactedRecord> deletions = compaction.TakeDeletions(records);
        if (compaction.IsDone)
        {
            compactions.Dequeue();
            Commit(
                deletions,
                [new BucketChange(Schema.Meta.ToArray(), Schema.FinishedCompact.ToArray(), Compaction.EncodeMark(compaction.Revision))]);
            return;
        }

        Commit(deletions);
    }

    /// <summary>Runs all compactions to their end.</summary>
    public void FinishCompactions()
    {
        while (compactions.Count > 0)
        {
            StepCompaction(keys: 7, records: 5);
        }
    }

    /// <summary>Closes and opens the file; what was not committed must have been before.</summary>
    public void Reopen()
    {
        Commit();
        Store.Close();
        file.Dispose();
        file = BackendFile.Open(disk, "/data/db");
        BackendView view = file.OpenView();
        long scheduled = StoreRestore.ReadCompaction(view, Schema.ScheduledCompact);
        bool isUnfinished = scheduled > StoreRestore.ReadCompaction(view, Schema.FinishedCompact);
        Store = MvccStore.Restore(view, new HashSeed(3, 4));
        compactions.Clear();
        if (isUnfinished)
        {
            compactions.Enqueue(new Compaction(Store, scheduled));
        }
    }

    /// <summary>Records in the file's key bucket.</summary>
    public int CountRecordsInFile()
    {
        BackendView view = file.OpenView();
        int count = 0;
        if (view.Transaction.TryGetBucket(Schema.Key, out Storage.Bolt.BoltBucket? bucket))
        {
            Storage.Bolt.BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                count++;
            }
        }

        view.Release();
        return count;
    }

    public void Dispose()
    {
        Store.Close();
        file.Dispose();
    }
}
