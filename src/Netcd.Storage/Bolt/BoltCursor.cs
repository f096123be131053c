namespace Netcd.Storage.Bolt;

/// <summary>A place in a bucket's order of keys. Each move returns whether it stands on a key then. Belongs to one thread.</summary>
public sealed class BoltCursor
{
    private readonly BoltBucket bucket;
    private Frame[] frames = new Frame[4];
    private int depth;
    private long version;

    internal BoltCursor(BoltBucket bucket) => this.bucket = bucket;

    /// <summary>The key that it stands on; valid until the transaction ends.</summary>
    /// <exception cref="InvalidOperationException">It stands on none, or the bucket was changed since.</exception>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            ref Frame top = ref Current;
            return top.Node is LeafNode leaf ? leaf[top.Index].KeySpan : top.Page.KeyAt(top.Index);
        }
    }

    /// <summary>The value under the key; for a bucket's name its entry. Valid until the transaction ends.</summary>
    /// <exception cref="InvalidOperationException">As with <see cref="Key"/>.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ref Frame top = ref Current;
            return top.Node is LeafNode leaf ? leaf[top.Index].ValueSpan : top.Page.ValueAt(top.Index);
        }
    }

    /// <summary>Whether the key is the name of a bucket within this one.</summary>
    public bool IsBucket
    {
        get
        {
            ref Frame top = ref Current;
            return ((top.Node is LeafNode leaf ? leaf[top.Index].Flags : top.Page.FlagsAt(top.Index)) & BoltPage.BucketFlag) != 0;
        }
    }

    /// <summary>Goes to the first key.</summary>
    public bool First()
    {
        PushRoot();
        Descend(last: false);
        return depth > 0 && (frames[depth - 1].Count > 0 || Next());
    }

    /// <summary>Goes to the last key.</summary>
    public bool Last()
    {
        PushRoot();
        Descend(last: true);
        return depth > 0 && (frames[depth - 1].Count > 0 || Prev());
    }

    /// <summary>Goes to the first key that is not below the given one.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        PushRoot();
        ulong prefix = BoltPage.Prefix(key);
        while (!frames[depth - 1].IsLeaf)
        {
            ref Frame frame = ref frames[depth - 1];
            frame.Index = frame.Node is BranchNode branch ? branch.ChildIndex(key, prefix) : frame.Page.ChildIndex(key, prefix);
            PushChild();
        }

        ref Frame top = ref frames[depth - 1];
        top.Index = top.Node is LeafNode leaf ? leaf.LowerBound(key, prefix, out _) : top.Page.LowerBound(key, prefix, out _);
        if (top.Index < top.Count)
        {
            return true;
        }

        top.Index = top.Count - 1;
        return Next();
    }

    /// <summary>Goes to the next key; after the last one the cursor stands nowhere.</summary>
    public bool Next()
    {
        Require();
        while (depth > 0)
        {
            ref Frame top = ref frames[depth - 1];
            if (top.Index + 1 >= top.Count)
            {
                depth--;
                continue;
            }

            top.Index++;
            if (top.IsLeaf)
            {
                return true;
            }

            PushChild();
            frames[depth - 1].Index = -1;
        }

        return false;
    }

    /// <summary>Goes to the previous key; before the first one the cursor stands nowhere.</summary>
    public bool Prev()
    {
        Require();
        while (depth > 0)
        {
            ref Frame top = ref frames[depth - 1];
            if (top.Index <= 0)
            {
                depth--;
                continue;
            }

            top.Index--;
            if (top.IsLeaf)
            {
                return true;
            }

            PushChild();
            frames[depth - 1].Index = frames[depth - 1].Count;
        }

        return false;
    }

    private ref Frame Current
    {
        get
        {
            Require();
            if (depth == 0 || !frames[depth - 1].IsLeaf)
            {
                throw new InvalidOperationException("The cursor stands on no key.");
            }

            return ref frames[depth - 1];
        }
    }

    private void Require()
    {
        bucket.Transaction.ThrowIfEnded();
        if (version != (bucket.Tree?.Version ?? 0))
        {
            throw new InvalidOperationException("The bucket was changed since the cursor was placed.");
        }
    }

    private void PushRoot()
    {
        bucket.Transaction.ThrowIfEnded();
        version = bucket.Tree?.Version ?? 0;
        depth = 0;
        if (bucket.Tree?.Root is { } node)
        {
            Push(new Frame(node));
        }
        else
        {
            Push(new Frame(bucket.RootPage()));
        }
    }

    private void Descend(bool last)
    {
        while (true)
        {
            ref Frame top = ref frames[depth - 1];
            top.Index = last ? top.Count - 1 : 0;
            if (top.IsLeaf)
            {
                return;
            }

            PushChild();
        }
    }

    private void PushChild()
    {
        ref Frame top = ref frames[depth - 1];
        if (top.Node is not BranchNode branch)
        {
            Push(new Frame(bucket.Transaction.View.Page(top.Page.ChildAt(top.Index))));
        }
        else if (branch[top.Index] is { Child: { } child })
        {
            Push(new Frame(child));
        }
        else
        {
            Push(new Frame(bucket.Transaction.View.Page(branch[top.Index].PageId)));
        }
    }

    private void Push(Frame frame)
    {
        if (depth == frames.Length)
        {
            if (depth >= BoltSnapshot.MaxDepth)
            {
                throw bucket.Transaction.View.Corrupt(frame.Page.Id, "stands in a cycle");
            }

            Array.Resize(ref frames, depth * 2);
        }

        frames[depth++] = frame;
    }

    private struct Frame
    {
        public readonly BoltNode? Node;
        public readonly BoltPage Page;
        public readonly int Count;
        public readonly bool IsLeaf;
        public int Index;

        public Frame(BoltNode node)
        {
            Node = node;
            Count = node.Count;
            IsLeaf = node is LeafNode;
        }

        public Frame(BoltPage page)
        {
            Page = page;
            Count = page.Count;
            IsLeaf = page.IsLeaf;
        }
    }
}
