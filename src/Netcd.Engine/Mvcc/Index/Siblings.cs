namespace Netcd.Engine.Mvcc.Index;

/// <summary>Nodes of one level, side by side, with the keys that separate them.</summary>
internal sealed class Siblings
{
    private readonly List<IndexNode> nodes = [];
    private readonly List<byte[]> separators = [];

    public int Count => nodes.Count;

    public IndexNode First => nodes[0];

    /// <summary>Says what separates the last node from the next one.</summary>
    public void Separate(byte[] separator) => separators.Add(separator);

    public void Add(IndexNode node) => nodes.Add(node);

    /// <summary>Adds the nodes of the level above, as few as can be and all of about one size.</summary>
    public void AddParents(Siblings parents, object batch)
    {
        int groups = (Count + Inner.MaxChildren - 1) / Inner.MaxChildren;
        for (int group = 0; group < groups; group++)
        {
            int from = (int)((long)Count * group / groups);
            int to = (int)((long)Count * (group + 1) / groups);
            if (group > 0)
            {
                parents.Separate(separators[from - 1]);
            }

            parents.Add(Parent(from, to, batch));
        }
    }

    private Inner Parent(int from, int to, object batch)
    {
        IndexNode[] children = [.. nodes[from..to]];
        int[] live = new int[children.Length];
        for (int i = 0; i < live.Length; i++)
        {
            live[i] = children[i].LiveCount;
        }

        return new Inner(batch, children.Length, children, live, [.. separators[from..(to - 1)]]);
    }
}
