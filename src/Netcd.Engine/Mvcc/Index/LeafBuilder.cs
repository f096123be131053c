namespace Netcd.Engine.Mvcc.Index;

/// <summary>Makes leaves of keys that come in order, all about equally full.</summary>
internal sealed class LeafBuilder
{
    private readonly KeyRecord[] records = new KeyRecord[Leaf.MaxKeys];
    private readonly int[] ends = new int[Leaf.MaxKeys];
    private byte[] bytes = new byte[Leaf.MaxKeyBytes];
    private Siblings leaves = new();
    private object? owner;
    private int keysEach;
    private int count;

    private int Used => count == 0 ? 0 : ends[count - 1];

    private ReadOnlySpan<byte> Last => bytes.AsSpan(count < 2 ? 0 : ends[count - 2], Used - (count < 2 ? 0 : ends[count - 2]));

    /// <summary>Begins with leaves for that many keys, which are added to the others.</summary>
    public void Begin(int keys, Siblings others, object batch)
    {
        int wanted = (keys + Leaf.MaxKeys - 1) / Leaf.MaxKeys;
        keysEach = (keys + wanted - 1) / wanted;
        leaves = others;
        owner = batch;
    }

    public void Add(ReadOnlySpan<byte> key, in KeyRecord record)
    {
        if (count == keysEach || (count > 0 && Used + key.Length > Leaf.MaxKeyBytes))
        {
            byte[] separator = KeyIndex.ShortestSeparator(Last, key);
            End();
            leaves.Separate(separator);
        }

        int used = Used;
        if (bytes.Length < used + key.Length)
        {
            Array.Resize(ref bytes, used + key.Length);
        }

        key.CopyTo(bytes.AsSpan(used));
        ends[count] = used + key.Length;
        records[count++] = record;
    }

    /// <summary>Ends the leaf that the last key was added to.</summary>
    public void End()
    {
        leaves.Add(Leaf.Of(owner!, bytes.AsSpan(0, Used), ends.AsSpan(0, count), records.AsSpan(0, count)));
        count = 0;
    }
}
