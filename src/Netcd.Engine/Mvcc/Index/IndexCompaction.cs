namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// Drops from the index what a compaction makes unreadable, a bounded number of keys a step: of each key all changes before
/// its last one at or before the compacted revision, and that one too where it is a deletion before that revision.
/// </summary>
/// <remarks>
/// A deletion at exactly the compacted revision stays: a watch may start there and must see it (etcd issue 19179).
/// The revisions dropped are exactly the backend's records to delete. After a crash the index is restored from what is
/// still in the backend, so that a second run drops what the first one did not get to.
/// </remarks>
internal sealed class IndexCompaction(KeyIndex index, long compactRevision)
{
    private readonly List<HistoricRevision> dropped = [];
    private byte[] nextKey = [];
    private int budget;

    /// <summary>Whether the whole index was walked.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Hands over the revisions dropped since the last call.</summary>
    public void TakeDropped(List<HistoricRevision> target)
    {
        target.AddRange(dropped);
        dropped.Clear();
    }

    /// <summary>Walks on over about that many keys.</summary>
    public void Step(int maxKeys)
    {
        budget = maxKeys;
        byte[] from = nextKey;
        nextKey = [];
        IndexNode? compacted = Compact(index.Current.Root, from);
        while (compacted is Inner { Count: 1 } single)
        {
            compacted = single.Children[0];
        }

        index.ReplaceRoot(compacted ?? new Leaf(index.Batch));
        IsDone = nextKey.Length == 0;
    }

    /// <summary>Compacts what lies at or behind the key; returns the node's new version, or null where nothing is left of it.</summary>
    private IndexNode? Compact(IndexNode node, ReadOnlySpan<byte> from)
    {
        if (node is Leaf leaf)
        {
            budget -= leaf.Count;
            return CompactLeaf(leaf);
        }

        Inner inner = (Inner)node;
        int first = inner.ChildFor(from);
        List<IndexNode>? changed = null;
        int child = first;
        for (; child < inner.Count; child++)
        {
            if (budget <= 0)
            {
                nextKey = nextKey.Length == 0 ? inner.Separators[child - 1] : nextKey;
                break;
            }

            IndexNode before = inner.Children[child];
            IndexNode? after = Compact(before, child == first ? from : default);
            if (!ReferenceEquals(before, after) && changed is null)
            {
                changed = [.. inner.Children.AsSpan(0, child)];
            }

            if (after is not null)
            {
                changed?.Add(after);
            }

            if (nextKey.Length > 0)
            {
                child++;
                break;
            }
        }

        if (changed is null)
        {
            return inner;
        }

        changed.AddRange(inner.Children.AsSpan(child, inner.Count - child));
        return changed.Count == 0 ? null : Assemble(changed);
    }

    private Leaf? CompactLeaf(Leaf leaf)
    {
        Leaf? edited = null;
        int removed = 0;
        for (int i = 0; i < leaf.Count; i++)
        {
            KeyRecord record = leaf.Records[i];
            bool isRemoved = IsRemoved(record);
            if (!isRemoved && (record.HistoryCount == 0 || record.History![0].Main > compactRevision))
            {
                continue;
            }

            bool isChanged = DropHistory(ref record);
            if (isRemoved)
            {
                dropped.Add(new HistoricRevision(record.ModMain, record.ModSub, isTombstone: true));
                removed++;
            }

            if (isChanged || isRemoved)
            {
                edited ??= leaf.Editable(index.Batch);
                edited.Set(i, record);
            }
        }

        return removed == 0 ? edited ?? leaf : WithoutRemoved(edited!, removed);
    }

    private bool IsRemoved(in KeyRecord record) => !record.IsLive && record.ModMain < compactRevision;

    /// <summary>Cuts the record's history; true where something was dropped.</summary>
    private bool DropHistory(ref KeyRecord record)
    {
        int keepFrom = record.HistoryCount;
        if (record.ModMain > compactRevision)
        {
            keepFrom = record.LastAtOrBefore(compactRevision);
            if (keepFrom >= 0 && record.History![keepFrom].IsTombstone && record.History[keepFrom].Main < compactRevision)
            {
                keepFrom++;
            }
        }

        if (keepFrom <= 0)
        {
            return false;
        }

        for (int i = 0; i < keepFrom; i++)
        {
            dropped.Add(record.History![i]);
        }

        record.History = keepFrom == record.HistoryCount ? null : record.History![keepFrom..record.HistoryCount];
        record.HistoryCount -= keepFrom;
        return true;
    }

    private Leaf? WithoutRemoved(Leaf leaf, int removed)
    {
        if (removed == leaf.Count)
        {
            return null;
        }

        Leaf rest = new(index.Batch);
        for (int i = 0; i < leaf.Count; i++)
        {
            if (!IsRemoved(leaf.Records[i]))
            {
                rest.Insert(rest.Count, leaf.Key(i), leaf.Records[i], index.Batch);
            }
        }

        return rest;
    }

    /// <summary>Makes an inner node of the children, joining small neighbours so that deletions leave no hollow tree.</summary>
    private Inner Assemble(List<IndexNode> nodes)
    {
        List<IndexNode> joined = [nodes[0]];
        for (int i = 1; i < nodes.Count; i++)
        {
            IndexNode? pair = Join(joined[^1], nodes[i]);
            if (pair is null)
            {
                joined.Add(nodes[i]);
            }
            else
            {
                joined[^1] = pair;
            }
        }

        byte[][] separators = new byte[joined.Count - 1][];
        int[] live = new int[joined.Count];
        for (int i = 0; i < joined.Count; i++)
        {
            live[i] = joined[i].LiveCount;
            if (i > 0)
            {
                separators[i - 1] = KeyIndex.ShortestSeparator(LastKey(joined[i - 1]), FirstKey(joined[i]));
            }
        }

        return new Inner(index.Batch, joined.Count, [.. joined], live, separators);
    }

    private IndexNode? Join(IndexNode left, IndexNode right)
    {
        switch (left, right)
        {
            case (Leaf a, Leaf b) when a.Count + b.Count <= Leaf.MaxKeys / 2 && a.KeyBytesUsed + b.KeyBytesUsed <= Leaf.MaxKeyBytes:
                Leaf leaf = new(index.Batch);
                leaf.Append(a, 0, a.Count, index.Batch);
                leaf.Append(b, 0, b.Count, index.Batch);
                return leaf;
            case (Inner a, Inner b) when a.Count + b.Count <= Inner.MaxChildren / 2:
                return Assemble([.. a.Children.AsSpan(0, a.Count), .. b.Children.AsSpan(0, b.Count)]);
            default:
                return null;
        }
    }

    private static ReadOnlySpan<byte> FirstKey(IndexNode node)
    {
        while (node is Inner inner)
        {
            node = inner.Children[0];
        }

        return ((Leaf)node).Key(0);
    }

    private static ReadOnlySpan<byte> LastKey(IndexNode node)
    {
        while (node is Inner inner)
        {
            node = inner.Children[inner.Count - 1];
        }

        Leaf leaf = (Leaf)node;
        return leaf.Key(leaf.Count - 1);
    }
}
