namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// A node of the key index. Nodes are immutable once published; during a batch the writer changes in place those that it
/// has made in that batch, which it knows by <see cref="Owner"/>.
/// </summary>
internal abstract class IndexNode(object? owner)
{
    /// <summary>The batch that made this node.</summary>
    public object? Owner { get; } = owner;

    /// <summary>Keys below that exist now (deletions left out).</summary>
    public abstract int LiveCount { get; }
}

/// <summary>Up to <see cref="MaxKeys"/> keys in order, their bytes packed in one array, their records in another.</summary>
internal sealed class Leaf(object? owner) : IndexNode(owner)
{
    /// <summary>Few enough that the copy made by an overwrite stays near a kilobyte.</summary>
    public const int MaxKeys = 32;

    /// <summary>Longer keys split a leaf sooner, so that a copy stays small.</summary>
    public const int MaxKeyBytes = 4096;

    private int live;

    /// <summary>A leaf of exactly these keys, which stand in order.</summary>
    public static Leaf Of(object batch, ReadOnlySpan<byte> keyBytes, ReadOnlySpan<int> keyEnds, ReadOnlySpan<KeyRecord> records)
    {
        Leaf leaf = new(batch)
        {
            Count = records.Length,
            KeyBytes = keyBytes.ToArray(),
            KeyEnds = keyEnds.ToArray(),
            KeysOwner = batch,
            Records = records.ToArray(),
        };
        leaf.live = leaf.LiveBefore(leaf.Count);
        return leaf;
    }

    public int Count { get; private set; }

    public override int LiveCount => live;

    public byte[] KeyBytes { get; private set; } = [];

    /// <summary>End of each key within <see cref="KeyBytes"/>.</summary>
    public int[] KeyEnds { get; private set; } = [];

    public KeyRecord[] Records { get; private set; } = [];

    /// <summary>The batch that made <see cref="KeyBytes"/> and <see cref="KeyEnds"/>; an overwrite copies only the records.</summary>
    private object? KeysOwner { get; set; }

    public int KeyBytesUsed => Count == 0 ? 0 : KeyEnds[Count - 1];

    public bool IsOverfull => Count > MaxKeys || (KeyBytesUsed > MaxKeyBytes && Count > 1);

    public ReadOnlySpan<byte> Key(int position)
    {
        int start = position == 0 ? 0 : KeyEnds[position - 1];
        return KeyBytes.AsSpan(start, KeyEnds[position] - start);
    }

    /// <summary>The key's position, or the complement of where it would stand.</summary>
    public int Find(ReadOnlySpan<byte> key) => FindFrom(0, key);

    /// <summary>As <see cref="Find"/>, for a key that is known not to stand before a position.</summary>
    public int FindFrom(int position, ReadOnlySpan<byte> key)
    {
        int low = position;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Key(middle).SequenceCompareTo(key);
            if (order == 0)
            {
                return middle;
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

        return ~low;
    }

    /// <summary>The first position whose key is not less than the given one.</summary>
    public int LowerBound(ReadOnlySpan<byte> key)
    {
        int found = Find(key);
        return found >= 0 ? found : ~found;
    }

    public int LiveBefore(int position)
    {
        int count = 0;
        for (int i = 0; i < position; i++)
        {
            count += Records[i].IsLive ? 1 : 0;
        }

        return count;
    }

    /// <summary>This leaf, or its copy that the batch may change.</summary>
    public Leaf Editable(object batch)
    {
        if (ReferenceEquals(Owner, batch))
        {
            return this;
        }

        Leaf copy = new(batch) { live = live, Count = Count, KeyBytes = KeyBytes, KeyEnds = KeyEnds, KeysOwner = KeysOwner };
        copy.Records = new KeyRecord[Count];
        Array.Copy(Records, copy.Records, Count);
        return copy;
    }

    /// <summary>Replaces a record; the leaf must be editable.</summary>
    public void Set(int position, in KeyRecord record)
    {
        live += (record.IsLive ? 1 : 0) - (Records[position].IsLive ? 1 : 0);
        Records[position] = record;
    }

    /// <summary>Inserts a key; the leaf must be editable by the batch.</summary>
    public void Insert(int position, ReadOnlySpan<byte> key, in KeyRecord record, object batch)
    {
        int start = position == 0 ? 0 : KeyEnds[position - 1];
        int used = KeyBytesUsed;
        OwnKeys(batch, used + key.Length);
        KeyBytes.AsSpan(start, used - start).CopyTo(KeyBytes.AsSpan(start + key.Length));
        key.CopyTo(KeyBytes.AsSpan(start));
        for (int i = Count; i > position; i--)
        {
            KeyEnds[i] = KeyEnds[i - 1] + key.Length;
        }

        KeyEnds[position] = start + key.Length;
        InsertRecord(position, record);
    }

    /// <summary>Moves the upper part from the position on to a new leaf.</summary>
    public Leaf SplitAt(int position, object batch)
    {
        Leaf right = new(batch);
        right.Append(this, position, Count, batch);
        Leaf left = new(batch);
        left.Append(this, 0, position, batch);
        live = left.live;
        Count = left.Count;
        KeyBytes = left.KeyBytes;
        KeyEnds = left.KeyEnds;
        Records = left.Records;
        KeysOwner = batch;
        return right;
    }

    /// <summary>Appends a part of another leaf, whose keys are greater.</summary>
    public void Append(Leaf source, int from, int to, object batch)
    {
        int sourceStart = from == 0 ? 0 : source.KeyEnds[from - 1];
        int bytes = (to == 0 ? 0 : source.KeyEnds[to - 1]) - sourceStart;
        int used = KeyBytesUsed;
        int count = Count + to - from;
        byte[] keyBytes = new byte[used + bytes];
        KeyBytes.AsSpan(0, used).CopyTo(keyBytes);
        source.KeyBytes.AsSpan(sourceStart, bytes).CopyTo(keyBytes.AsSpan(used));
        int[] ends = new int[count];
        Array.Copy(KeyEnds, ends, Count);
        KeyRecord[] records = new KeyRecord[count];
        Array.Copy(Records, records, Count);
        Array.Copy(source.Records, from, records, Count, to - from);
        for (int i = from; i < to; i++)
        {
            ends[Count + i - from] = source.KeyEnds[i] - sourceStart + used;
            live += source.Records[i].IsLive ? 1 : 0;
        }

        Count = count;
        KeyBytes = keyBytes;
        KeyEnds = ends;
        Records = records;
        KeysOwner = batch;
    }

    private void InsertRecord(int position, in KeyRecord record)
    {
        if (Records.Length == Count)
        {
            KeyRecord[] grown = new KeyRecord[Capacity(Count + 1)];
            Array.Copy(Records, grown, Count);
            Records = grown;
        }

        Array.Copy(Records, position, Records, position + 1, Count - position);
        Records[position] = record;
        Count++;
        live += record.IsLive ? 1 : 0;
    }

    private void OwnKeys(object batch, int bytes)
    {
        bool owned = ReferenceEquals(KeysOwner, batch);
        if (!owned || KeyBytes.Length < bytes)
        {
            byte[] grown = new byte[owned ? bytes + (bytes >> 1) : bytes];
            KeyBytes.AsSpan(0, KeyBytesUsed).CopyTo(grown);
            KeyBytes = grown;
        }

        if (!owned || KeyEnds.Length == Count)
        {
            int[] grown = new int[Capacity(Count + 1)];
            Array.Copy(KeyEnds, grown, Count);
            KeyEnds = grown;
        }

        KeysOwner = batch;
    }

    /// <summary>Room for a few more, so that a run of insertions does not copy for each.</summary>
    private static int Capacity(int count) => Math.Min(MaxKeys + 1, count + 3);
}

/// <summary>Up to <see cref="MaxChildren"/> nodes in order, with the count of live keys below each.</summary>
internal sealed class Inner(object? owner, int count, IndexNode[] children, int[] live, byte[][] separators) : IndexNode(owner)
{
    public const int MaxChildren = 64;

    private int totalLive = Sum(live, count);

    public int Count { get; private set; } = count;

    public override int LiveCount => totalLive;

    public IndexNode[] Children { get; private set; } = children;

    /// <summary>Live keys below each child.</summary>
    public int[] Live { get; private set; } = live;

    /// <summary>Element i is not greater than any key below child i + 1 and greater than all below child i.</summary>
    public byte[][] Separators { get; private set; } = separators;

    /// <summary>The child below which the key stands or would stand.</summary>
    public int ChildFor(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = Count - 2;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Separators[middle].AsSpan().SequenceCompareTo(key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    public int LiveBefore(int child) => Sum(Live, child);

    /// <summary>This node, or its copy that the batch may change. Separators are shared: they change only by replacement.</summary>
    public Inner Editable(object batch) =>
        ReferenceEquals(Owner, batch) ? this : new Inner(batch, Count, [.. Children], [.. Live], Separators);

    /// <summary>Puts the child's new version in its place; the node must be editable.</summary>
    public void Replace(int position, IndexNode child)
    {
        totalLive += child.LiveCount - Live[position];
        Live[position] = child.LiveCount;
        Children[position] = child;
    }

    /// <summary>Inserts a child behind a position; the node must be editable.</summary>
    public void InsertAfter(int position, byte[] separator, IndexNode child)
    {
        Children = Inserted(Children, Count, position + 1, child);
        Live = Inserted(Live, Count, position + 1, child.LiveCount);
        Separators = Inserted(Separators, Count - 1, position, separator);
        Count++;
        totalLive += child.LiveCount;
    }

    /// <summary>Moves the upper part to a new node; <paramref name="separator"/> separates the two.</summary>
    public Inner SplitAt(int position, object batch, out byte[] separator)
    {
        separator = Separators[position - 1];
        Inner right = new(batch, Count - position, Children[position..Count], Live[position..Count], Separators[position..(Count - 1)]);
        Children = Children[..position];
        Live = Live[..position];
        Separators = Separators[..(position - 1)];
        Count = position;
        totalLive = Sum(Live, Count);
        return right;
    }

    private static T[] Inserted<T>(T[] source, int count, int position, T item)
    {
        T[] target = new T[count + 1];
        Array.Copy(source, target, position);
        target[position] = item;
        Array.Copy(source, position, target, position + 1, count - position);
        return target;
    }

    private static int Sum(int[] values, int count)
    {
        int sum = 0;
        foreach (int value in values.AsSpan(0, count))
        {
            sum += value;
        }

        return sum;
    }
}
