using System.Diagnostics.CodeAnalysis;
using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Storage;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// The sum that etcd notes while it compacts, and HashKV at that revision reports ever after: over all records between the
/// previous compaction and this one, also those that this one deletes, and over the older ones that it keeps.
/// </summary>
/// <remarks>
/// Taken when the index is walked and every record up to the revision is in the file, before the first is deleted: until then
/// those records do not change, so each step may read the view of its time.
/// </remarks>
internal sealed class CompactionHash
{
    private readonly long previous;
    private readonly long revision;
    private uint withKept = Crc32C.Append(0, Schema.Key);
    private uint withAll = Crc32C.Append(0, Schema.Key);
    private bool isAnyKept;
    private Revision next;
    private int dropPosition;

    /// <summary>Begins a sum.</summary>
    /// <param name="previous">The revision of the compaction before, or -1.</param>
    /// <param name="revision">The revision compacted to.</param>
    public CompactionHash(long previous, long revision)
    {
        this.previous = previous;
        this.revision = revision;
    }

    /// <summary>Whether every record was summed up.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The sum, when it is done. Where the compaction keeps nothing, etcd leaves nothing out.</summary>
    public RecordedHash Result => new(revision, previous, isAnyKept ? withKept : withAll);

    /// <summary>Sums up some more records.</summary>
    /// <param name="view">The file, which holds all records up to the revision.</param>
    /// <param name="dropped">What the compaction deletes, in ascending order.</param>
    /// <param name="maxRecords">Records to read at most.</param>
    public void Step(BackendView view, List<HistoricRevision> dropped, int maxRecords)
    {
        Span<byte> from = stackalloc byte[Revision.EncodedLength];
        next.Encode(from);
        BoltCursor cursor = view.Records.Cursor();
        bool found = cursor.Seek(from);
        for (int i = 0; i < maxRecords && found; i++, found = cursor.Next())
        {
            if (!Revision.TryDecode(cursor.Key, out Revision record, out bool isTombstone) || record.Main > revision)
            {
                found = false;
                break;
            }

            Add(cursor, record, isTombstone, IsDropped(record, dropped));
            next = new Revision(record.Main, record.Sub + 1);
        }

        IsDone = !found;
    }

    private void Add(BoltCursor cursor, Revision record, bool isTombstone, bool isDropped)
    {
        isAnyKept |= !isDropped;
        // Etcd before 3.5.16 deleted a deletion at the compacted revision; later versions keep it and leave it out of the sum.
        if (record.Main == previous && isTombstone)
        {
            return;
        }

        withAll = Append(withAll, cursor);
        if (record.Main > previous || !isDropped)
        {
            withKept = Append(withKept, cursor);
        }
    }

    private bool IsDropped(Revision record, List<HistoricRevision> dropped)
    {
        while (dropPosition < dropped.Count && dropped[dropPosition].Revision < record)
        {
            dropPosition++;
        }

        return dropPosition < dropped.Count && dropped[dropPosition].Revision == record;
    }

    private static uint Append(uint sum, BoltCursor cursor) => Crc32C.Append(Crc32C.Append(sum, cursor.Key), cursor.Value);
}

/// <summary>A sum noted by a compaction.</summary>
/// <param name="Revision">The revision that it compacted to.</param>
/// <param name="Previous">The revision compacted to before, or -1.</param>
/// <param name="Hash">The sum.</param>
public sealed record RecordedHash(long Revision, long Previous, uint Hash);

/// <summary>The newest sums that compactions noted, as etcd keeps them: in memory, and <see cref="MaxSums"/> of them.</summary>
internal sealed class RecordedHashes
{
    /// <summary>etcd's number.</summary>
    private const int MaxSums = 10;

    private RecordedHash[] sums = [];

    /// <summary>Keeps a sum; called by the apply stage alone.</summary>
    public void Add(RecordedHash sum) =>
        Volatile.Write(ref sums, [.. sums.Append(sum).OrderBy(static noted => noted.Revision).TakeLast(MaxSums)]);

    /// <summary>The sums, the newest first, from any thread.</summary>
    public IReadOnlyList<RecordedHash> NewestFirst => [.. Volatile.Read(ref sums).Reverse()];

    /// <summary>The sum at exactly that revision, from any thread.</summary>
    public bool TryGet(long revision, [NotNullWhen(true)] out RecordedHash? found)
    {
        foreach (RecordedHash sum in Volatile.Read(ref sums))
        {
            if (sum.Revision == revision)
            {
                found = sum;
                return true;
            }
        }

        found = null;
        return false;
    }
}
