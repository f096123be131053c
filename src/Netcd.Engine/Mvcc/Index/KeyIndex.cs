using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// The writer's side of the key index: a copy-on-write B+tree of all keys, with live counts in the inner nodes. Changes go
/// to nodes of the running batch; <see cref="Publish"/> freezes them and hands out the view that readers use.
/// </summary>
/// <remarks>
/// Single writer. Readers hold views, which never change. Hot path. Budget: 1.5 µs for a key of 100,000 to be found, which is a matter of
/// the processor's caches, and 2.5 µs for a put.
/// </remarks>
internal sealed class KeyIndex
{
    private object batch = new();
    private IndexNode root;

    public KeyIndex() => root = new Leaf(batch);

    /// <summary>The index as it stands now, the running batch included: for the writer's own reads.</summary>
    public KeyIndexView Current => new(root);

    /// <summary>Freezes the running batch.</summary>
    public KeyIndexView Publish()
    {
        batch = new object();
        return new KeyIndexView(root);
    }

    /// <summary>Records a put; returns the key's record after it.</summary>
    public KeyRecord Put(ReadOnlySpan<byte> key, Revision revision) => Apply(key, revision, isTombstone: false);

    /// <summary>Records a deletion.</summary>
    public void Delete(ReadOnlySpan<byte> key, Revision revision) => Apply(key, revision, isTombstone: true);

    /// <summary>The running batch, which owns the nodes that may be changed in place.</summary>
    internal object Batch => batch;

    /// <summary>Replaces the tree by what <see cref="IndexCompaction"/> or <see cref="IndexMerge"/> made of it.</summary>
    internal void ReplaceRoot(IndexNode node) => root = node;

    private KeyRecord Apply(ReadOnlySpan<byte> key, Revision revision, bool isTombstone)
    {
        Change change = new(revision, isTombstone);
        Update(key, ref change);
        return change.Result;
    }

    private void Update(ReadOnlySpan<byte> key, ref Change change)
    {
        Split split = Update(ref root, key, ref change);
        if (split.Right is not null)
        {
            root = new Inner(batch, 2, [root, split.Right], [root.LiveCount, split.Right.LiveCount], [split.Separator!]);
        }
    }

    private Split Update(ref IndexNode node, ReadOnlySpan<byte> key, ref Change change)
    {
        if (node is Leaf leaf)
        {
            leaf = leaf.Editable(batch);
            node = leaf;
            return UpdateLeaf(leaf, key, ref change);
        }

        Inner inner = ((Inner)node).Editable(batch);
        node = inner;
        int position = inner.ChildFor(key);
        IndexNode child = inner.Children[position];
        Split split = Update(ref child, key, ref change);
        inner.Replace(position, child);
        if (split.Right is null)
        {
            return default;
        }

        inner.InsertAfter(position, split.Separator!, split.Right);
        if (inner.Count <= Inner.MaxChildren)
        {
            return default;
        }

        // A run of ascending keys leaves full nodes behind; anything else is halved.
        int cut = position + 2 == inner.Count ? inner.Count - 1 : inner.Count / 2;
        Inner right = inner.SplitAt(cut, batch, out byte[] separator);
        return new Split(right, separator);
    }

    private Split UpdateLeaf(Leaf leaf, ReadOnlySpan<byte> key, ref Change change)
    {
        int position = leaf.Find(key);
        if (position >= 0)
        {
            KeyRecord record = leaf.Records[position];
            change.ApplyTo(ref record);
            leaf.Set(position, record);
            return default;
        }

        position = ~position;
        KeyRecord fresh = change.Fresh();
        leaf.Insert(position, key, fresh, batch);
        if (!leaf.IsOverfull)
        {
            return default;
        }

        int cut = position == leaf.Count - 1 ? leaf.Count - 1 : leaf.Count / 2;
        Leaf right = leaf.SplitAt(cut, batch);
        return new Split(right, ShortestSeparator(leaf.Key(leaf.Count - 1), right.Key(0)));
    }

    /// <summary>The shortest byte string greater than the left key and not greater than the right one.</summary>
    internal static byte[] ShortestSeparator(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        right[..(left.CommonPrefixLength(right) + 1)].ToArray();

    private readonly record struct Split(IndexNode? Right, byte[]? Separator);

    private struct Change(Revision revision, bool isTombstone)
    {
        public KeyRecord Result;

        public void ApplyTo(ref KeyRecord record)
        {
            record.Advance(revision, isTombstone);
            Result = record;
        }

        public KeyRecord Fresh()
        {
            KeyRecord record = new() { ModMain = revision.Main, ModSub = revision.Sub };
            if (!isTombstone)
            {
                record.CreateMain = revision.Main;
                record.Version = 1;
            }

            Result = record;
            return record;
        }
    }
}
