using System.Runtime.InteropServices;

namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// Takes a batch of restored changes, in the order of keys, into the index: each leaf that they touch is met once, and one that gets
/// many new keys is replaced by full ones, so that a store filled in order is restored without a search or a split for each key.
/// </summary>
internal sealed class IndexMerge(KeyIndex index)
{
    /// <summary>So few new keys are inserted where they belong; the arrays of a leaf are made anew for more.</summary>
    private const int FewKeys = 3;

    private readonly List<FreshKey> fresh = [];
    private readonly LeafBuilder builder = new();

    /// <summary>Takes the changes into the index.</summary>
    public void Run(RestoreBatch changes)
    {
        Siblings top = new();
        Merge(index.Current.Root, changes, 0, changes.Count, top);
        while (top.Count > 1)
        {
            Siblings above = new();
            top.AddParents(above, index.Batch);
            top = above;
        }

        index.ReplaceRoot(top.First);
    }

    /// <summary>Merges a part of the changes with a node; what becomes of it is added to the nodes before it.</summary>
    private void Merge(IndexNode node, RestoreBatch changes, int from, int to, Siblings result)
    {
        if (from == to)
        {
            result.Add(node);
        }
        else if (node is Leaf leaf)
        {
            MergeLeaf(leaf.Editable(index.Batch), changes, from, to, result);
        }
        else
        {
            MergeInner((Inner)node, changes, from, to, result);
        }
    }

    private void MergeInner(Inner inner, RestoreBatch changes, int from, int to, Siblings result)
    {
        Siblings children = new();
        int position = from;
        for (int child = 0; child < inner.Count; child++)
        {
            int end = child == inner.Count - 1 ? to : FirstAtOrBehind(changes, inner.Separators[child], position, to);
            if (child > 0)
            {
                children.Separate(inner.Separators[child - 1]);
            }

            Merge(inner.Children[child], changes, position, end, children);
            position = end;
        }

        children.AddParents(result, index.Batch);
    }

    private void MergeLeaf(Leaf leaf, RestoreBatch changes, int from, int to, Siblings result)
    {
        fresh.Clear();
        int next = from;
        while (next < to)
        {
            next = MergeKey(leaf, changes, next, to);
        }

        if (fresh.Count == 0 || HasRoom(leaf, changes))
        {
            // From the last on, so that the places of the others stay.
            for (int i = fresh.Count - 1; i >= 0; i--)
            {
                leaf.Insert(fresh[i].Position, changes.Key(fresh[i].Change), fresh[i].Record, index.Batch);
            }

            result.Add(leaf);
            return;
        }

        Rebuild(leaf, changes, result);
    }

    /// <summary>Merges the changes of one key; returns the first that is of another.</summary>
    private int MergeKey(Leaf leaf, RestoreBatch changes, int first, int to)
    {
        ReadOnlySpan<byte> key = changes.Key(first);
        int position = leaf.FindFrom(fresh.Count > 0 ? fresh[^1].Position : 0, key);
        KeyRecord record;
        int next = first;
        if (position >= 0)
        {
            record = leaf.Records[position];
        }
        else
        {
            record = changes[next++].Fresh();
        }

        for (; next < to && changes.Key(next).SequenceEqual(key); next++)
        {
            changes[next].ApplyTo(ref record);
        }

        if (position >= 0)
        {
            leaf.Set(position, record);
        }
        else
        {
            fresh.Add(new FreshKey(~position, first, record));
        }

        return next;
    }

    private bool HasRoom(Leaf leaf, RestoreBatch changes)
    {
        if (fresh.Count > FewKeys || leaf.Count + fresh.Count > Leaf.MaxKeys)
        {
            return false;
        }

        int bytes = leaf.KeyBytesUsed;
        foreach (FreshKey key in fresh)
        {
            bytes += changes.Key(key.Change).Length;
        }

        return bytes <= Leaf.MaxKeyBytes;
    }

    private void Rebuild(Leaf leaf, RestoreBatch changes, Siblings result)
    {
        builder.Begin(leaf.Count + fresh.Count, result, index.Batch);
        int copied = 0;
        foreach (ref readonly FreshKey key in CollectionsMarshal.AsSpan(fresh))
        {
            for (; copied < key.Position; copied++)
            {
                builder.Add(leaf.Key(copied), leaf.Records[copied]);
            }

            builder.Add(changes.Key(key.Change), key.Record);
        }

        for (; copied < leaf.Count; copied++)
        {
            builder.Add(leaf.Key(copied), leaf.Records[copied]);
        }

        builder.End();
    }

    private static int FirstAtOrBehind(RestoreBatch changes, ReadOnlySpan<byte> key, int from, int to)
    {
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            if (changes.Key(middle).SequenceCompareTo(key) < 0)
            {
                from = middle + 1;
            }
            else
            {
                to = middle;
            }
        }

        return from;
    }

    /// <summary>A key that a leaf does not have.</summary>
    /// <param name="Position">The place in the leaf where it belongs.</param>
    /// <param name="Change">Its first change.</param>
    /// <param name="Record">What all its changes come to.</param>
    private readonly record struct FreshKey(int Position, int Change, KeyRecord Record);
}
