namespace Netcd.Storage.Bolt;

/// <summary>
/// Goes through a bucket in the order of its keys: joins leaves that are half empty with their neighbours, and has pages written anew
/// that lie too far up. It looks at the pages of the state that the transaction began with, and changes nodes by key.
/// </summary>
internal sealed unsafe class BucketSweep
{
    /// <summary>How full joined leaves are made, as etcd's own defragmentation does.</summary>
    private const double FillPercent = 0.9;

    /// <summary>A leaf that is fuller is not the first of those that are joined.</summary>
    private const double FullPercent = 0.8;

    /// <summary>Leaves that are joined at a time: what is left of free room in a bucket is about one part in so many.</summary>
    private const int MaxJoined = 8;

    private readonly BoltWriteTransaction transaction;
    private readonly BoltSnapshot view;
    private readonly BoltBucket bucket;
    private readonly BoltTree tree;
    private readonly DefragmentationRoom room;

    public BucketSweep(BoltWriteTransaction transaction, BoltBucket bucket, DefragmentationRoom room)
    {
        this.transaction = transaction;
        this.bucket = bucket;
        this.room = room;
        view = transaction.View;
        tree = bucket.Tree!;
        tree.FillPercent = FillPercent;
    }

    /// <summary>Goes on from a key; returns where it has stopped as the step is spent, or null at the end.</summary>
    public byte[]? Run(ReadOnlySpan<byte> from)
    {
        BoltPage root = view.Page(bucket.RootPageId);
        if (!root.IsLeaf)
        {
            return Visit(root, 0, from);
        }

        return TryMove(root.Id, default, 0) ? null : from.ToArray();
    }

    private byte[]? Visit(BoltPage branch, int level, ReadOnlySpan<byte> from)
    {
        if (level == BoltSnapshot.MaxDepth)
        {
            throw view.Corrupt(branch.Id, "stands in a cycle");
        }

        int start = from.IsEmpty ? 0 : branch.ChildIndex(from, BoltPage.Prefix(from));
        if (!TryMove(branch.Id, branch.KeyAt(0), level))
        {
            return branch.KeyAt(start).ToArray();
        }

        LeafRow row = new(view, branch);
        for (int i = start; i < branch.Count;)
        {
            if (room.IsSpent)
            {
                return branch.KeyAt(i).ToArray();
            }

            BoltPage child = view.Page(branch.ChildAt(i));
            if (!child.IsLeaf)
            {
                if (Visit(child, level + 1, i == start ? from : default) is { } stopped)
                {
                    return stopped;
                }

                i++;
                continue;
            }

            int done = Leaves(row, i, level + 1);
            if (done == 0)
            {
                return branch.KeyAt(i).ToArray();
            }

            i += done;
        }

        return null;
    }

    /// <summary>Deals with a leaf, and with its neighbours if they are joined; gives how many it were, or 0 as the step is spent.</summary>
    private int Leaves(LeafRow row, int index, int level)
    {
        int count = Joinable(row, index, out long pages);
        if (count > 1)
        {
            if (!room.TryTake(pages))
            {
                return 0;
            }

            tree.JoinLeaves(row.Branch.KeyAt(index), count);
            return count;
        }

        return TryMove(row.Branch.ChildAt(index), row.Branch.KeyAt(index), level) ? 1 : 0;
    }

    /// <summary>How many leaves from one on make fewer pages when they are joined.</summary>
    private int Joinable(LeafRow row, int index, out long pages)
    {
        double full = view.Meta.PageSize * FillPercent - BoltPage.HeaderBytes;
        long sum = 0;
        int count = 1;
        pages = 1;
        double gain = 0;
        for (int i = index; i < row.Branch.Count && i < index + MaxJoined && row.TryMeasure(i, room, out int bytes); i++)
        {
            if (i == index && bytes > full * FullPercent)
            {
                return 1;
            }

            sum += bytes;
            double saved = i + 1 - index - Math.Ceiling(sum / full);
            (count, gain) = saved > gain ? (i + 1 - index, saved) : (count, gain);
        }

        if (count == 1)
        {
            return 1;
        }

        LeafNode joined = row.Join(index, count);
        pages = new TreeSpiller(transaction, FillPercent).CountPages(joined);
        return pages < count ? count : 1;
    }

    /// <summary>Moves a page that lies too far up, if there is room for it; false where the step is spent.</summary>
    private bool TryMove(ulong page, ReadOnlySpan<byte> key, int level)
    {
        _ = view.Header(page, out uint overflow);
        if (!room.IsBeyond(page, overflow))
        {
            return true;
        }

        if (room.TryTake(page, overflow))
        {
            tree.Rewrite(key, level);
            return true;
        }

        return !room.IsSpent;
    }

    /// <summary>The leaves under one branch, with what was measured of them.</summary>
    private sealed class LeafRow(BoltSnapshot view, BoltPage branch)
    {
        private readonly int[] measured = new int[branch.Count];

        public BoltPage Branch => branch;

        /// <summary>The bytes of a leaf's elements; false for one with overflow pages, or what is no leaf.</summary>
        public bool TryMeasure(int index, DefragmentationRoom room, out int bytes)
        {
            ref int known = ref measured[index];
            if (known == 0)
            {
                room.Looks--;
                known = Measure(index) + 1;
            }

            bytes = known - 1;
            return known > 0;
        }

        public LeafNode Join(int index, int count)
        {
            LeafNode joined = new(view.Page(branch.ChildAt(index)));
            for (int i = index + 1; i < index + count; i++)
            {
                joined.Append(new LeafNode(view.Page(branch.ChildAt(i))));
            }

            return joined;
        }

        private int Measure(int index)
        {
            const int None = -2;
            _ = view.Header(branch.ChildAt(index), out uint overflow);
            if (overflow > 0)
            {
                return None;
            }

            BoltPage page = view.Page(branch.ChildAt(index));
            return page.IsLeaf ? page.LeafBytes() : None;
        }
    }
}
