namespace Netcd.Storage.Bolt;

/// <summary>What a write transaction makes of a bucket: the nodes that were changed, down from the root. Pages that were
/// not changed stay where they are and are not read.</summary>
internal sealed unsafe class BoltTree
{
    private readonly BoltWriteTransaction transaction;
    private readonly BranchNode[] path = new BranchNode[BoltSnapshot.MaxDepth];
    private readonly int[] pathIndex = new int[BoltSnapshot.MaxDepth];
    private readonly BoltBucket bucket;
    private ulong sequence;
    private int depth;

    public BoltTree(BoltWriteTransaction transaction, BoltBucket bucket)
    {
        this.transaction = transaction;
        this.bucket = bucket;
        sequence = bucket.SequenceRead;
    }

    /// <summary>The root, once something was changed.</summary>
    public BoltNode? Root { get; set; }

    /// <summary>Counts the changes, so that a cursor notices them.</summary>
    public long Version { get; private set; }

    public bool IsDeleted { get; set; }

    public double FillPercent { get; set; } = 0.5;

    public bool IsChanged => Root is not null || sequence != bucket.SequenceRead;

    public ulong Sequence
    {
        get => sequence;
        set => sequence = value;
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, uint flags)
    {
        if (key.IsEmpty || key.Length > BoltBucket.MaxKeyBytes)
        {
            throw new ArgumentException($"A key has 1 to {BoltBucket.MaxKeyBytes} bytes, not {key.Length}.", nameof(key));
        }

        ulong prefix = BoltPage.Prefix(key);
        LeafNode leaf = LeafFor(key, prefix);
        int index = leaf.LowerBound(key, prefix, out bool isExact);
        if (isExact && ((leaf[index].Flags ^ flags) & BoltPage.BucketFlag) != 0)
        {
            throw new InvalidOperationException("The key is a bucket's name.");
        }

        Version++;
        byte* stored = transaction.Arena.Store(key, value);
        LeafElement element = new()
        {
            Key = stored,
            KeyLength = key.Length,
            Value = stored + key.Length,
            ValueLength = value.Length,
            Flags = flags,
        };
        if (isExact)
        {
            leaf.Replace(index, element);
        }
        else if (leaf.Count < BoltNode.MaxInsertCount)
        {
            leaf.Insert(index, element);
        }
        else if (index == leaf.Count)
        {
            LeafNode right = new(BoltNode.MaxInsertCount);
            right.Insert(0, element);
            AddSibling(leaf, right, depth);
        }
        else
        {
            LeafNode right = (LeafNode)leaf.SplitOff(leaf.Count / 2);
            AddSibling(leaf, right, depth);
            int left = leaf.Count;
            (index <= left ? leaf : right).Insert(index <= left ? index : index - left, element);
        }
    }

    /// <summary>Removes a key that is there.</summary>
    public void Delete(ReadOnlySpan<byte> key)
    {
        ulong prefix = BoltPage.Prefix(key);
        LeafNode leaf = LeafFor(key, prefix);
        int index = leaf.LowerBound(key, prefix, out bool isExact);
        if (isExact)
        {
            Version++;
            leaf.RemoveAt(index);
        }
    }

    /// <summary>Has the nodes on the way to the key written anew, down to that level (0 is the root), with what they hold.</summary>
    public void Rewrite(ReadOnlySpan<byte> key, int level)
    {
        Version++;
        ulong prefix = BoltPage.Prefix(key);
        BoltNode node = Root ??= ToNode(bucket.RootPage());
        for (int at = 0; at < level; at++)
        {
            BranchNode branch = (BranchNode)node;
            node = ChildOf(branch, branch.ChildIndex(key, prefix));
        }
    }

    /// <summary>Joins a number of leaves that follow each other under one branch, from that of the key on; they are written as few
    /// full pages.</summary>
    public void JoinLeaves(ReadOnlySpan<byte> key, int count)
    {
        Version++;
        LeafNode left = LeafFor(key, BoltPage.Prefix(key));
        BranchNode parent = path[depth - 1];
        int next = pathIndex[depth - 1] + 1;
        for (int i = 1; i < count; i++)
        {
            BoltNode right = ChildOf(parent, next);
            left.Append(right);
            transaction.Free(right.PageId);
            parent.RemoveAt(next);
        }
    }

    /// <summary>The leaf in whose range the key lies, ready to be changed, and the way to it in <see cref="path"/>.</summary>
    private LeafNode LeafFor(ReadOnlySpan<byte> key, ulong prefix)
    {
        BoltNode node = Root ??= ToNode(bucket.RootPage());
        for (depth = 0; node is BranchNode branch; depth++)
        {
            if (depth == path.Length)
            {
                throw transaction.View.Corrupt(branch.PageId, "stands in a cycle");
            }

            int index = branch.ChildIndex(key, prefix);
            path[depth] = branch;
            pathIndex[depth] = index;
            node = ChildOf(branch, index);
        }

        return (LeafNode)node;
    }

    /// <summary>A child as a node, read from its page where it is not one yet.</summary>
    public BoltNode ChildOf(BranchNode branch, int index)
    {
        if (branch[index].Child is { } child)
        {
            return child;
        }

        child = ToNode(transaction.View.Page(branch[index].PageId));
        branch.SetChild(index, child);
        return child;
    }

    private static BoltNode ToNode(BoltPage page) => page.IsLeaf ? new LeafNode(page) : new BranchNode(page);

    /// <summary>Hangs a node that was split off beside the left one, which stands at that depth of the path.</summary>
    private void AddSibling(BoltNode left, BoltNode right, int level)
    {
        BranchElement element = ElementFor(right);
        if (level == 0)
        {
            BranchNode root = new();
            root.Insert(0, ElementFor(left));
            root.Insert(1, element);
            Root = root;
            return;
        }

        BranchNode parent = path[level - 1];
        int index = pathIndex[level - 1] + 1;
        if (parent.Count >= BoltNode.MaxInsertCount)
        {
            BranchNode split = (BranchNode)parent.SplitOff(index == parent.Count ? parent.Count - 1 : parent.Count / 2);
            AddSibling(parent, split, level - 1);
            if (index > parent.Count)
            {
                index -= parent.Count;
                parent = split;
            }
        }

        parent.Insert(index, element);
    }

    private static BranchElement ElementFor(BoltNode node)
    {
        if (node is LeafNode leaf)
        {
            return new BranchElement { Key = leaf[0].Key, KeyLength = leaf[0].KeyLength, Child = node };
        }

        BranchNode branch = (BranchNode)node;
        return new BranchElement { Key = branch[0].Key, KeyLength = branch[0].KeyLength, Child = node };
    }
}
