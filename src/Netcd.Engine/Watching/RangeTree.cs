namespace Netcd.Engine.Watching;

/// <summary>
/// The groups of watches over intervals, found by a key that lies in them: an AVL tree in the order of intervals, each node of
/// which knows the greatest end below it.
/// </summary>
/// <remarks>
/// Clients choose the intervals and their order, so its balance rests on nothing but its own rules: the two sides of a node never
/// differ by more than one in height, whatever comes in.
/// </remarks>
internal sealed class RangeTree
{
    /// <summary>An AVL tree of this height has more nodes than memory holds.</summary>
    private const int MaxHeight = 64;

    /// <summary>The nodes from the root down to the one that a walk is at. Walks do not recurse.</summary>
    private readonly Node[] path = new Node[MaxHeight];
    private Node? root;

    /// <summary>Nodes on the longest way down.</summary>
    public int Height => root?.Height ?? 0;

    /// <summary>Nodes that searches by key have looked at.</summary>
    public long Looks { get; private set; }

    /// <summary>The group over exactly that interval, made where there is none.</summary>
    public WatchGroup GetOrAdd(WatchRange range)
    {
        int depth = 0;
        int order = 0;
        for (Node? node = root; node is not null; node = order < 0 ? node.Left : node.Right)
        {
            order = WatchRange.Compare(range, node.Group.Range);
            if (order == 0)
            {
                return node.Group;
            }

            path[depth++] = node;
        }

        Node added = new(new WatchGroup(range));
        SetChild(depth, order < 0, added);
        Balance(depth);
        return added.Group;
    }

    public void Remove(WatchRange range)
    {
        int depth = 0;
        Node? node = root;
        while (node is not null)
        {
            int order = WatchRange.Compare(range, node.Group.Range);
            if (order == 0)
            {
                break;
            }

            path[depth++] = node;
            node = order < 0 ? node.Left : node.Right;
        }

        if (node is null)
        {
            return;
        }

        if (node is { Left: not null, Right: not null })
        {
            // The next one in order takes its place; that one has no left side.
            Node emptied = node;
            path[depth++] = node;
            for (node = node.Right; node.Left is not null; node = node.Left)
            {
                path[depth++] = node;
            }

            emptied.Group = node.Group;
        }

        SetChild(depth, depth > 0 && ReferenceEquals(path[depth - 1].Left, node), node.Left ?? node.Right);
        Balance(depth);
    }

    /// <summary>Adds the groups whose interval holds the key: at a cost of the tree's height for each, and once more.</summary>
    public void Find(ReadOnlySpan<byte> key, List<WatchGroup> found)
    {
        int depth = 0;
        Node? node = root;
        while (true)
        {
            for (; node is not null && WatchRange.IsBeforeEnd(key, node.GreatestEnd); node = node.Left)
            {
                path[depth++] = node;
                Looks++;
            }

            if (depth == 0)
            {
                return;
            }

            node = path[--depth];
            WatchRange range = node.Group.Range;
            if (key.SequenceCompareTo(range.Start) < 0)
            {
                // All that follow in the order begin behind the key too.
                return;
            }

            if (WatchRange.IsBeforeEnd(key, range.End!))
            {
                found.Add(node.Group);
            }

            node = node.Right;
        }
    }

    /// <summary>Adds all watches to a list, in the order of their intervals.</summary>
    public void CopyTo(List<Watch> all)
    {
        int depth = 0;
        Node? node = root;
        while (true)
        {
            for (; node is not null; node = node.Left)
            {
                path[depth++] = node;
            }

            if (depth == 0)
            {
                return;
            }

            node = path[--depth];
            all.AddRange(node.Group.Watches);
            node = node.Right;
        }
    }

    /// <summary>Puts a node below the last one of the path, or at the root.</summary>
    private void SetChild(int depth, bool isLeft, Node? child)
    {
        if (depth == 0)
        {
            root = child;
        }
        else if (isLeft)
        {
            path[depth - 1].Left = child;
        }
        else
        {
            path[depth - 1].Right = child;
        }
    }

    /// <summary>Puts the nodes of the path right, from the lowest one up.</summary>
    private void Balance(int depth)
    {
        for (int at = depth - 1; at >= 0; at--)
        {
            Node node = path[at];
            SetChild(at, at > 0 && ReferenceEquals(path[at - 1].Left, node), Balanced(node));
        }
    }

    private static Node Balanced(Node node)
    {
        int lean = Node.HeightOf(node.Left) - Node.HeightOf(node.Right);
        if (lean > 1)
        {
            Node left = node.Left!;
            node.Left = Node.HeightOf(left.Left) >= Node.HeightOf(left.Right) ? left : RotatedLeft(left);
            return RotatedRight(node);
        }

        if (lean < -1)
        {
            Node right = node.Right!;
            node.Right = Node.HeightOf(right.Right) >= Node.HeightOf(right.Left) ? right : RotatedRight(right);
            return RotatedLeft(node);
        }

        node.Update();
        return node;
    }

    private static Node RotatedLeft(Node node)
    {
        Node top = node.Right!;
        node.Right = top.Left;
        top.Left = node;
        node.Update();
        top.Update();
        return top;
    }

    private static Node RotatedRight(Node node)
    {
        Node top = node.Left!;
        node.Left = top.Right;
        top.Right = node;
        node.Update();
        top.Update();
        return top;
    }

    private sealed class Node(WatchGroup group)
    {
        public WatchGroup Group { get; set; } = group;

        public int Height { get; private set; } = 1;

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        /// <summary>The greatest end of this node and all below it.</summary>
        public byte[] GreatestEnd { get; private set; } = group.Range.End!;

        public static int HeightOf(Node? node) => node?.Height ?? 0;

        public void Update()
        {
            Height = Math.Max(HeightOf(Left), HeightOf(Right)) + 1;
            GreatestEnd = Later(Group.Range.End!, Left);
            GreatestEnd = Later(GreatestEnd, Right);
        }

        private static byte[] Later(byte[] end, Node? child) =>
            child is not null && WatchRange.CompareEnds(child.GreatestEnd, end) > 0 ? child.GreatestEnd : end;
    }
}
