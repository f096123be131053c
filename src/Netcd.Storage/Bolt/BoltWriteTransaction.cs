using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Netcd.Storage.Bolt;

/// <summary>
/// The one writer: it sees its own changes, no other transaction does before <see cref="Commit()"/>. Belongs to one thread.
/// </summary>
public sealed unsafe class BoltWriteTransaction : BoltTransaction
{
    private const int EmptyBucketBytes = BoltBucket.HeaderBytes + BoltPage.HeaderBytes;

    /// <summary>A bucket's only page is written into its entry where it takes no more than this part of a page, as bbolt does.</summary>
    private const int InlineFraction = 4;

    private readonly List<(byte[] Name, BoltBucket Bucket)> buckets = [];
    private readonly List<PageRun> taken = [];
    private readonly BoltBucket root;
    private readonly BoltTree rootTree;
    private ulong highWater;

    internal BoltWriteTransaction(BoltDatabase database, BoltSnapshot view, Arena arena, DirtyPages dirty)
        : base(database, view)
    {
        Arena = arena;
        Dirty = dirty;
        highWater = view.Meta.HighWater;
        root = new BoltBucket(this, view.Meta.RootPage, view.Meta.RootSequence);
        rootTree = new BoltTree(this, root);
        root.Tree = rootTree;
    }

    /// <inheritdoc/>
    public override long TransactionId => (long)View.Meta.TransactionId + 1;

    internal Arena Arena { get; }

    internal DirtyPages Dirty { get; }

    internal List<PageRun> Freed { get; } = [];

    /// <summary>Whether free pages at the end of the file stop being part of it with the commit.</summary>
    internal bool CutsTail { get; init; }

    /// <summary>Whether a commit would write anything.</summary>
    internal bool IsChanged => rootTree.IsChanged || buckets.Exists(static b => b.Bucket.Tree!.IsChanged);

    internal override BoltBucket RootBucket => root;

    /// <inheritdoc/>
    public override bool TryGetBucket(ReadOnlySpan<byte> name, [NotNullWhen(true)] out BoltBucket? bucket)
    {
        ThrowIfEnded();
        foreach ((byte[] known, BoltBucket open) in buckets)
        {
            if (name.SequenceEqual(known))
            {
                bucket = open;
                return true;
            }
        }

        if (!root.TryGetBucket(name, out bucket))
        {
            return false;
        }

        bucket.Tree = new BoltTree(this, bucket);
        buckets.Add((name.ToArray(), bucket));
        return true;
    }

    /// <summary>The bucket at the top level of that name, made where there is none.</summary>
    /// <exception cref="InvalidOperationException">The top level holds a plain value of that name.</exception>
    public BoltBucket CreateBucketIfNotExists(ReadOnlySpan<byte> name)
    {
        if (TryGetBucket(name, out BoltBucket? bucket))
        {
            return bucket;
        }

        Span<byte> entry = stackalloc byte[EmptyBucketBytes];
        entry.Clear();
        BoltPage.WriteHeader(entry[BoltBucket.HeaderBytes..], 0, BoltPage.LeafFlag, 0, 0);
        rootTree.Put(name, entry, BoltPage.BucketFlag);
        return TryGetBucket(name, out bucket) ? bucket : throw new InvalidOperationException("The bucket just made is not there.");
    }

    /// <summary>Removes a bucket at the top level with all that is in it; false where there is none.</summary>
    public bool DeleteBucket(ReadOnlySpan<byte> name)
    {
        if (!TryGetBucket(name, out BoltBucket? bucket))
        {
            return false;
        }

        if (!bucket.IsInline)
        {
            new PageWalk(View, Database.File).Run(bucket.RootPageId, Freed);
        }

        bucket.Tree!.IsDeleted = true;
        buckets.RemoveAll(b => b.Bucket == bucket);
        rootTree.Delete(name);
        return true;
    }

    /// <summary>
    /// Makes all changes durable and then visible to transactions that begin later; ends this one. A transaction that changed
    /// nothing writes nothing.
    /// </summary>
    /// <remarks>Pages, flush, meta page, flush: until the meta page is written whole the former state is what the file holds.</remarks>
    /// <exception cref="IOException">The disk failed. Where it had no room for the pages, the transaction is rolled back and
    /// the next may try again; else the database takes no writes any more, see <see cref="BoltDatabase.TakesWrites"/>.</exception>
    /// <exception cref="BoltFormatException">A damaged page was met; the transaction is rolled back.</exception>
    public void Commit() => Commit(Database.SyncsFreelist, force: false);

    /// <summary>Ends it without a commit, where there was none: nothing of it remains.</summary>
    public override void Dispose()
    {
        if (!IsEnded)
        {
            RollBack();
        }
    }

    internal void Commit(bool withFreelist, bool force)
    {
        ThrowIfEnded();
        if (!force && !IsChanged)
        {
            RollBack();
            return;
        }

        BoltMeta meta;
        try
        {
            meta = Spill(withFreelist);
            Database.Grow(meta.HighWater);
            Database.WritePages();
        }
        catch
        {
            RollBack();
            throw;
        }

        IsEnded = true;
        Database.Finish(this, meta);
    }

    /// <summary>Gives a page of the former state back with its overflow pages; 0 is none.</summary>
    internal void Free(ulong page)
    {
        if (page != 0)
        {
            _ = View.Header(page, out uint overflow);
            Freed.Add(new PageRun(page, overflow + 1));
        }
    }

    internal ulong Allocate(int count)
    {
        if (!Database.Freelist.TryAllocate(count, View.Meta.TransactionId + 1, out ulong first))
        {
            first = highWater;
            highWater += (ulong)count;
            Database.Freelist.TakeNew(first, count, View.Meta.TransactionId + 1);
        }

        taken.Add(new PageRun(first, (uint)count));
        return first;
    }

    private BoltMeta Spill(bool withFreelist)
    {
        foreach ((byte[] name, BoltBucket bucket) in buckets)
        {
            if (bucket.Tree!.IsChanged)
            {
                SpillBucket(name, bucket);
            }
        }

        BoltMeta meta = View.Meta with { TransactionId = View.Meta.TransactionId + 1, Freelist = BoltMeta.NoFreelist };
        if (rootTree.IsChanged)
        {
            meta = meta with { RootPage = SpillTree(rootTree) };
        }

        if (View.Meta.HasFreelist)
        {
            Free(View.Meta.Freelist);
        }

        RequireFreedOnce();
        PageRun list = withFreelist ? TakeFreelistPages() : default;
        if (CutsTail)
        {
            highWater = Database.Freelist.EndOfUse(highWater);
        }

        if (withFreelist)
        {
            WriteFreelist(list);
            meta = meta with { Freelist = list.First };
        }

        return meta with { HighWater = highWater };
    }

    private void SpillBucket(byte[] name, BoltBucket bucket)
    {
        BoltTree tree = bucket.Tree!;
        Span<byte> header = stackalloc byte[BoltBucket.HeaderBytes];
        Unsafe.WriteUnaligned(ref header[8], tree.Sequence);
        if (tree.Root is null && !bucket.IsInline)
        {
            Unsafe.WriteUnaligned(ref header[0], bucket.RootPageId);
            rootTree.Put(name, header, BoltPage.BucketFlag);
            return;
        }

        tree.Root ??= new LeafNode(bucket.RootPage());
        BoltNode? balanced = new TreeBalancer(this, tree).Run(out ulong page);
        if (balanced is LeafNode leaf && IsInlineable(leaf))
        {
            Free(leaf.PageId);
            byte[] entry = new byte[BoltBucket.HeaderBytes + BoltPage.HeaderBytes + leaf.ContentBytes];
            header.CopyTo(entry);
            TreeSpiller.WriteInline(leaf, entry.AsSpan(BoltBucket.HeaderBytes));
            rootTree.Put(name, entry, BoltPage.BucketFlag);
            return;
        }

        Unsafe.WriteUnaligned(ref header[0], balanced is null ? page : new TreeSpiller(this, tree.FillPercent).Run(balanced));
        rootTree.Put(name, header, BoltPage.BucketFlag);
    }

    private ulong SpillTree(BoltTree tree)
    {
        BoltNode? balanced = new TreeBalancer(this, tree).Run(out ulong page);
        return balanced is null ? page : new TreeSpiller(this, tree.FillPercent).Run(balanced);
    }

    private bool IsInlineable(LeafNode leaf)
    {
        if (BoltPage.HeaderBytes + leaf.ContentBytes > View.Meta.PageSize / InlineFraction)
        {
            return false;
        }

        for (int i = 0; i < leaf.Count; i++)
        {
            if ((leaf[i].Flags & BoltPage.BucketFlag) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private PageRun TakeFreelistPages()
    {
        Freelist freelist = Database.Freelist;
        long freed = Freed.Sum(static r => (long)r.Count);
        // What it takes itself only makes the list shorter, and so does a tail that is cut off.
        long bytes = FreelistPage.BytesFor(freelist.FreeCount + freelist.PendingCount + freed);
        int pageSize = View.Meta.PageSize;
        int count = checked((int)((bytes + pageSize - 1) / pageSize));
        return new PageRun(Allocate(count), (uint)count);
    }

    private void WriteFreelist(PageRun pages)
    {
        List<ulong> ids = Database.Freelist.All(highWater);
        foreach (PageRun run in Freed)
        {
            for (uint i = 0; i < run.Count; i++)
            {
                ids.Add(run.First + i);
            }
        }

        ids.Sort();
        Span<byte> room = Dirty.Add(pages.First, checked((int)pages.Count * View.Meta.PageSize));
        FreelistPage.Write(room, pages.First, pages.Count - 1, ids);
    }

    /// <summary>A damaged tree may lead to one page by two ways: found out before anything is written.</summary>
    private void RequireFreedOnce()
    {
        Freed.Sort(static (a, b) => a.First.CompareTo(b.First));
        ulong end = 0;
        foreach (PageRun run in Freed)
        {
            ulong first = run.First;
            bool isWrong = first < end;
            end = first + run.Count;
            for (ulong page = first; page < end && !isWrong; page++)
            {
                isWrong = Database.Freelist.CannotBeFreedBy(View.Meta.TransactionId + 1, page);
            }

            if (isWrong)
            {
                throw View.Corrupt(first, "is used twice");
            }
        }
    }

    private void RollBack()
    {
        IsEnded = true;
        Database.GiveBack(this, taken);
    }
}
