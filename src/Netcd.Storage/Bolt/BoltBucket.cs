using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Netcd.Storage.Bolt;

/// <summary>
/// A sorted map of keys to values within a transaction. In a read transaction it is immutable and safe for many threads; in
/// a write transaction it belongs to the writer's thread.
/// </summary>
public sealed unsafe class BoltBucket
{
    /// <summary>The longest key, in bytes.</summary>
    public const int MaxKeyBytes = 32768;

    internal const int HeaderBytes = 16;

    private readonly BoltTransaction transaction;
    private readonly ulong rootPage;
    private readonly byte* inlinePage;
    private readonly int inlineBytes;

    internal BoltBucket(BoltTransaction transaction, ulong rootPage, ulong sequence, BoltTree? tree = null)
    {
        this.transaction = transaction;
        this.rootPage = rootPage;
        SequenceRead = sequence;
        Tree = tree;
    }

    /// <summary>Reads a bucket from its entry: root page and sequence, then, where the root page is 0, the only page itself.</summary>
    internal BoltBucket(BoltTransaction transaction, ReadOnlySpan<byte> entry, ulong entryPage)
    {
        this.transaction = transaction;
        if (entry.Length < HeaderBytes)
        {
            throw transaction.View.Corrupt(entryPage, "the entry of a bucket is too short");
        }

        rootPage = Unsafe.ReadUnaligned<ulong>(in entry[0]);
        SequenceRead = Unsafe.ReadUnaligned<ulong>(in entry[8]);
        if (rootPage == 0)
        {
            if (entry.Length < HeaderBytes + BoltPage.HeaderBytes)
            {
                throw transaction.View.Corrupt(entryPage, "an inline bucket is too short");
            }

            // The entry stands in the mapping or in the transaction's arena: neither moves.
            inlinePage = (byte*)Unsafe.AsPointer(in entry[HeaderBytes]);
            inlineBytes = entry.Length - HeaderBytes;
        }
    }

    /// <summary>How full, from 0.1 to 1, pages are made when they are split in this write transaction: 0.5 leaves room for
    /// keys in between, 0.9 suits keys that only ever come at the end.</summary>
    public double FillPercent
    {
        get => Writable.FillPercent;
        set => Writable.FillPercent = Math.Clamp(value, 0.1, 1.0);
    }

    /// <summary>A number stored with the bucket, for whatever use; set in a write transaction alone.</summary>
    public ulong Sequence
    {
        get => Tree?.Sequence ?? SequenceRead;
        set => Writable.Sequence = value;
    }

    internal BoltTransaction Transaction => transaction;

    internal BoltTree? Tree { get; set; }

    internal ulong RootPageId => rootPage;

    internal ulong SequenceRead { get; }

    /// <summary>Whether its only page stands in the entry itself.</summary>
    internal bool IsInline => inlinePage != null;

    /// <summary>Finds a value. Nothing is allocated; the span points into the file's mapping (or, for what this write
    /// transaction put, its buffers) and is valid until the transaction ends.</summary>
    /// <exception cref="BoltFormatException">A page is damaged.</exception>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) =>
        TryFind(key, out value, out uint flags, out _) && (flags & BoltPage.BucketFlag) == 0;

    /// <summary>The bucket of that name within this one.</summary>
    public bool TryGetBucket(ReadOnlySpan<byte> name, [NotNullWhen(true)] out BoltBucket? bucket)
    {
        bucket = null;
        if (!TryFind(name, out ReadOnlySpan<byte> entry, out uint flags, out ulong page) || (flags & BoltPage.BucketFlag) == 0)
        {
            return false;
        }

        bucket = new BoltBucket(transaction, entry, page);
        return true;
    }

    /// <summary>A cursor, standing nowhere. In a write transaction a change of the bucket ends it.</summary>
    public BoltCursor Cursor()
    {
        transaction.ThrowIfEnded();
        return new BoltCursor(this);
    }

    /// <summary>Goes through all keys once. Of a read transaction alone.</summary>
    /// <exception cref="InvalidOperationException">The bucket belongs to a write transaction.</exception>
    public BoltScan Scan()
    {
        transaction.ThrowIfEnded();
        return Tree is null ? new BoltScan(this) : throw new InvalidOperationException("The bucket is open for writing.");
    }

    /// <summary>Sets a key's value.</summary>
    /// <exception cref="ArgumentException">The key is empty or longer than <see cref="MaxKeyBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">The transaction is for reading alone, the bucket was deleted, or the key is a bucket's
    /// name.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Writable.Put(key, value, 0);

    /// <summary>Removes a key; false where there is none.</summary>
    /// <exception cref="InvalidOperationException">As with <see cref="Put"/>.</exception>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        BoltTree tree = Writable;
        if (!TryFind(key, out _, out uint flags, out _))
        {
            return false;
        }

        if ((flags & BoltPage.BucketFlag) != 0)
        {
            throw new InvalidOperationException("The key is a bucket's name.");
        }

        tree.Delete(key);
        return true;
    }

    internal BoltPage RootPage() => inlinePage == null
        ? transaction.View.Page(rootPage)
        : new BoltPage(transaction.View, 0, inlinePage, inlineBytes) is { IsLeaf: true } page
            ? page
            : throw transaction.View.Corrupt(0, "an inline bucket is not a leaf");

    /// <summary>Finds a key of any kind. Hot.</summary>
    internal bool TryFind(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out uint flags, out ulong pageId)
    {
        transaction.ThrowIfEnded();
        ulong prefix = BoltPage.Prefix(key);
        BoltPage page;
        if (Tree?.Root is { } node)
        {
            if (TryDescend(node, key, prefix, out LeafNode? leaf, out page))
            {
                int at = leaf!.LowerBound(key, prefix, out bool isThere);
                value = isThere ? leaf[at].ValueSpan : default;
                flags = isThere ? leaf[at].Flags : 0;
                pageId = leaf.PageId;
                return isThere;
            }
        }
        else
        {
            page = RootPage();
        }

        for (int depth = 0; !page.IsLeaf; depth++)
        {
            if (depth == BoltSnapshot.MaxDepth)
            {
                throw transaction.View.Corrupt(page.Id, "stands in a cycle");
            }

            page = transaction.View.Page(page.ChildAt(page.ChildIndex(key, prefix)));
        }

        int index = page.LowerBound(key, prefix, out bool isExact);
        value = isExact ? page.ValueAt(index) : default;
        flags = isExact ? page.FlagsAt(index) : 0;
        pageId = page.Id;
        return isExact;
    }

    private BoltTree Writable
    {
        get
        {
            transaction.ThrowIfEnded();
            return Tree is { IsDeleted: false } tree ? tree : throw new InvalidOperationException(
                Tree is null ? "The bucket is open for reading alone." : "The bucket was deleted.");
        }
    }

    /// <summary>Goes down through the nodes that were changed: to a changed leaf, or to the first page that was not.</summary>
    private bool TryDescend(BoltNode node, ReadOnlySpan<byte> key, ulong prefix, out LeafNode? leaf, out BoltPage page)
    {
        page = default;
        while (node is BranchNode branch)
        {
            ref readonly BranchElement element = ref branch[branch.ChildIndex(key, prefix)];
            if (element.Child is null)
            {
                page = transaction.View.Page(element.PageId);
                leaf = null;
                return false;
            }

            node = element.Child;
        }

        leaf = (LeafNode)node;
        return true;
    }
}
