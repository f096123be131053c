namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// Builds a key index from keys that come in ascending order, each once: full leaves first, the levels above them at the end.
/// A store filled in the order of its keys is restored so without a search or a split a key.
/// </summary>
internal sealed class BulkLoad(object batch)
{
    private readonly List<IndexNode> leaves = [];
    private readonly List<byte[]> separators = [];
    private readonly KeyRecord[] records = new KeyRecord[Leaf.MaxKeys];
    private readonly int[] ends = new int[Leaf.MaxKeys];
    private byte[] bytes = new byte[Leaf.MaxKeyBytes];
    private byte[] lastOfLeaf = [];
    private int count;

    private int Used => count == 0 ? 0 : ends[count - 1];

    private ReadOnlySpan<byte> Last => bytes.AsSpan(count < 2 ? 0 : ends[count - 2], Used - (count < 2 ? 0 : ends[count - 2]));

    /// <summary>Adds a key; false where it is not greater than the one before.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, in KeyRecord record)
    {
        if (count > 0 && key.SequenceCompareTo(Last) <= 0)
        {
            return false;
        }

        if (count == Leaf.MaxKeys || (count > 0 && Used + key.Length > Leaf.MaxKeyBytes))
        {
            EndLeaf();
        }

        if (count == 0 && leaves.Count > 0)
        {
            separators.Add(KeyIndex.ShortestSeparator(lastOfLeaf, key));
        }

        int used = Used;
        if (bytes.Length < used + key.Length)
        {
            Array.Resize(ref bytes, used + key.Length);
        }

        key.CopyTo(bytes.AsSpan(used));
        ends[count] = used + key.Length;
        records[count++] = record;
        return true;
    }

    /// <summary>The root of the tree.</summary>
    public IndexNode Finish()
    {
        EndLeaf();
        List<IndexNode> nodes = leaves;
        List<byte[]> between = separators;
        while (nodes.Count > 1)
        {
            nodes = Level(nodes, between, out between);
        }

        return nodes.Count == 1 ? nodes[0] : new Leaf(batch);
    }

    private void EndLeaf()
    {
        if (count > 0)
        {
            lastOfLeaf = Last.ToArray();
            leaves.Add(Leaf.Of(batch, bytes.AsSpan(0, Used), ends.AsSpan(0, count), records.AsSpan(0, count)));
            count = 0;
        }
    }

    /// <summary>The level above the nodes, all of about one size.</summary>
    private List<IndexNode> Level(List<IndexNode> nodes, List<byte[]> between, out List<byte[]> above)
    {
        int groups = (nodes.Count + Inner.MaxChildren - 1) / Inner.MaxChildren;
        List<IndexNode> level = new(groups);
        above = new List<byte[]>(groups);
        for (int group = 0; group < groups; group++)
        {
            int from = (int)((long)nodes.Count * group / groups);
            int to = (int)((long)nodes.Count * (group + 1) / groups);
            IndexNode[] children = [.. nodes[from..to]];
            level.Add(new Inner(
                batch, children.Length, children, [.. children.Select(static child => child.LiveCount)], [.. between[from..(to - 1)]]));
            if (to < nodes.Count)
            {
                above.Add(between[to - 1]);
            }
        }

        return level;
    }
}
