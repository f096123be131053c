namespace Netcd.Engine.Watching;

/// <summary>
/// The groups of watches over intervals, found by a key that lies in them: a treap in the order of intervals, each node of
/// which knows the greatest end below it.
/// </summary>
internal sealed class RangeTree
{
    private Node? root;
    private uint priorities = 2_463_534_242;

    /// <summary>The group over exactly that interval, made where there is none.</summary>
    public WatchGroup GetOrAdd(WatchRange range)
    {
        for (Node? node = root; node is not null;)
        {
            int order = WatchRange.Compare(range, node.Group.Range);
            if (order == 0)
            {
                return node.Group;
            }

            node = order < 0 ? node.Left : node.Right;
        }

        Node added = new(new WatchGroup(range), NextPriority());
        root = Insert(root, added);
        return added.Group;
    }

    public void Remove(WatchRange range) => root = Remove(root, range);

    /// <summary>Adds the groups whose interval holds the key.</summary>
    public void Find(ReadOnlySpan<byte> key, List<WatchGroup> found) => Find(root, key, found);

    /// <summary>Adds all watches to a list, in the order of their intervals.</summary>
    public void CopyTo(List<Watch> all) => CopyTo(root, all);

    private static void CopyTo(Node? node, List<Watch> all)
    {
        for (; node is not null; node = node.Right)
        {
            CopyTo(node.Left, all);
            all.AddRange(node.Group.Watches);
        }
    }

    private static void Find(Node? node, ReadOnlySpan<byte> key, List<WatchGroup> found)
    {
        while (node is not null && WatchRange.IsBeforeEnd(key, node.GreatestEnd))
        {
            Find(node.Left, key, found);
            WatchRange range = node.Group.Range;
            if (key.SequenceCompareTo(range.Start) < 0)
            {
                return;
            }

            if (WatchRange.IsBeforeEnd(key, range.End!))
            {
                found.Add(node.Group);
            }

            node = node.Right;
        }
    }

    private static Node Insert(Node? node, Node added)
    {
        if (node is null)
        {
            return added;
        }

        bool goesLeft = WatchRange.Compare(added.Group.Range, node.Group.Range) < 0;
        if (goesLeft)
        {
            node.Left = Insert(node.Left, added);
        }
        else
        {
            node.Right = Insert(node.Right, added);
        }

        Node child = goesLeft ? node.Left! : node.Right!;
        if (child.Priority <= node.Priority)
        {
            node.Update();
            return node;
        }

        if (goesLeft)
        {
            node.Left = child.Right;
            child.Right = node;
        }
        else
        {
            node.Right = child.Left;
            child.Left = node;
        }

        node.Update();
        child.Update();
        return child;
    }

    private static Node? Remove(Node? node, WatchRange range)
    {
        if (node is null)
        {
            return null;
        }

        int order = WatchRange.Compare(range, node.Group.Range);
        if (order == 0)
        {
            return Join(node.Left, node.Right);
        }

        if (order < 0)
        {
            node.Left = Remove(node.Left, range);
        }
        else
        {
            node.Right = Remove(node.Right, range);
        }

        node.Update();
        return node;
    }

    private static Node? Join(Node? left, Node? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        if (left.Priority > right.Priority)
        {
            left.Right = Join(left.Right, right);
            left.Update();
            return left;
        }

        right.Left = Join(left, right.Left);
        right.Update();
        return right;
    }

    /// <summary>Balance needs no chance that anybody cannot foresee: a xorshift from a fixed seed, so that runs repeat.</summary>
    private uint NextPriority()
    {
        priorities ^= priorities << 13;
        priorities ^= priorities >> 17;
        priorities ^= priorities << 5;
        return priorities;
    }

    private sealed class Node(WatchGroup group, uint priority)
    {
        public WatchGroup Group { get; } = group;

        public uint Priority { get; } = priority;

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        /// <summary>The greatest end of this node and all below it.</summary>
        public byte[] GreatestEnd { get; private set; } = group.Range.End!;

        public void Update()
        {
            GreatestEnd = Later(Group.Range.End!, Left);
            GreatestEnd = Later(GreatestEnd, Right);
        }

        private static byte[] Later(byte[] end, Node? child) =>
            child is not null && WatchRange.CompareEnds(child.GreatestEnd, end) > 0 ? child.GreatestEnd : end;
    }
}
