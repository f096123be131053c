
namespace Netcd.Engine.Records;

/// <summary>One record of the <c>key</c> bucket that is applied and not yet in the backend's file.</summary>
/// <param name="Revision">Its place in the history, and so its key in the bucket.</param>
/// <param name="IsTombstone">Whether it marks a deletion.</param>
/// <param name="Value">The encoded KeyValue.</param>
internal readonly record struct PendingRecord(Revision Revision, bool IsTombstone, byte[] Value);

/// <summary>
/// The records that wait for the backend's next commits, in the order of revisions: a view that readers search while the
/// writer appends behind it.
/// </summary>
internal readonly struct PendingRecords(PendingRecord[] items, int start, int count)
{
    public int Count => count;

    public ReadOnlySpan<PendingRecord> Items => items.AsSpan(start, count);

    /// <summary>Finds a record that is not in the file yet.</summary>
    public bool TryGet(Revision revision, out byte[] value)
    {
        int low = start;
        int high = start + count - 1;
        if (count > 0 && revision >= items[start].Revision)
        {
            while (low <= high)
            {
                int middle = (low + high) >>> 1;
                int order = items[middle].Revision.CompareTo(revision);
                if (order == 0)
                {
                    value = items[middle].Value;
                    return true;
                }

                if (order < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }
        }

        value = [];
        return false;
    }

    /// <summary>The position of the first record after a main revision, or the count.</summary>
    public int FirstAfter(long revision)
    {
        int low = 0;
        int high = count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (items[start + middle].Revision.Main <= revision)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The first records, for a commit.</summary>
    public PendingRecords Take(int length) => new(items, start, length);
}

/// <summary>The writer's side of <see cref="PendingRecords"/>: appends behind what views show, drops what was committed.</summary>
internal sealed class PendingRecordLog
{
    private PendingRecord[] items = new PendingRecord[64];
    private int start;
    private int end;

    public int Count => end - start;

    /// <summary>Bytes of the values held.</summary>
    public long ValueBytes { get; private set; }

    public PendingRecords View => new(items, start, end - start);

    public void Add(in PendingRecord record)
    {
        if (end == items.Length)
        {
            // Views keep the old array: what they show is never moved under them.
            PendingRecord[] next = new PendingRecord[Math.Max(64, Count * 2)];
            Array.Copy(items, start, next, 0, Count);
            end = Count;
            start = 0;
            items = next;
        }

        items[end++] = record;
        ValueBytes += record.Value.Length;
    }

    /// <summary>Forgets the first records: the file holds them now.</summary>
    public void RemoveFirst(int count)
    {
        for (int i = start; i < start + count; i++)
        {
            ValueBytes -= items[i].Value.Length;
        }

        // A fresh array lets go of the committed values; views still in use keep the old one alive.
        PendingRecord[] next = new PendingRecord[Math.Max(64, (Count - count) * 2)];
        Array.Copy(items, start + count, next, 0, Count - count);
        items = next;
        end = Count - count;
        start = 0;
    }
}
