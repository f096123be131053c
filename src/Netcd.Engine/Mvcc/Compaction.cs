using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// One compaction, run in small steps between other work: first the index is walked, then the sum is taken that HashKV
/// reports, then the records that the index dropped are deleted from the backend in the order in which they lie there.
/// </summary>
internal sealed class Compaction
{
    private readonly IndexCompaction indexCompaction;
    private readonly CompactionHash? sum;
    private readonly List<HistoricRevision> dropped = [];
    private int deleted;
    private bool isSorted;

    /// <summary>Begins a compaction.</summary>
    /// <param name="store">The store.</param>
    /// <param name="revision">The revision to compact to.</param>
    /// <param name="sum">
    /// The sum to take; none where the compaction before was not finished when this one was asked for, as in etcd.
    /// </param>
    public Compaction(MvccStore store, long revision, CompactionHash? sum = null)
    {
        Revision = revision;
        this.sum = sum;
        indexCompaction = new IndexCompaction(store.Index, revision);
    }

    /// <summary>The revision compacted to.</summary>
    public long Revision { get; }

    /// <summary>Whether the index has been walked, so that deletions can be taken.</summary>
    public bool IsIndexDone => indexCompaction.IsDone;

    /// <summary>Whether the sum has been taken.</summary>
    public bool IsSummed => sum is null or { IsDone: true };

    /// <summary>The sum taken, or null.</summary>
    public RecordedHash? Sum => sum?.Result;

    /// <summary>Records that the index has dropped so far.</summary>
    public int DroppedRecords => dropped.Count;

    /// <summary>Whether every deletion was taken.</summary>
    public bool IsDone => indexCompaction.IsDone && deleted == dropped.Count;

    /// <summary>Called by the transaction that finishes the compaction, with the requests that wait for it.</summary>
    public List<Action> OnFinished { get; } = [];

    /// <summary>Walks on over about that many keys of the index.</summary>
    public void StepIndex(int maxKeys)
    {
        indexCompaction.Step(maxKeys);
        indexCompaction.TakeDropped(dropped);
    }

    /// <summary>Sums up about that many records; the index is done, and what it dropped is in the file.</summary>
    public void StepSum(BackendView view, int maxRecords)
    {
        Sort();
        sum!.Step(view, dropped, maxRecords);
    }

    /// <summary>The next records to delete, in ascending order.</summary>
    public List<CompactedRecord> TakeDeletions(int maxRecords)
    {
        Sort();
        int count = Math.Min(maxRecords, dropped.Count - deleted);
        List<CompactedRecord> deletions = new(count);
        for (int i = 0; i < count; i++)
        {
            HistoricRevision record = dropped[deleted + i];
            deletions.Add(new CompactedRecord(record.Revision, record.IsTombstone));
        }

        deleted += count;
        return deletions;
    }

    private void Sort()
    {
        if (!isSorted)
        {
            dropped.Sort(static (a, b) => a.Revision.CompareTo(b.Revision));
            isSorted = true;
        }
    }

    /// <summary>The backend's mark of a compaction: its revision encoded as a record's key.</summary>
    public static byte[] EncodeMark(long revision)
    {
        byte[] mark = new byte[Records.Revision.EncodedLength];
        new Revision(revision, 0).Encode(mark);
        return mark;
    }
}
