using System.Runtime.CompilerServices;

namespace Netcd.Storage.Bolt;

/// <summary>Writes the changed nodes of a tree to new pages, children before parents, splitting what is too large for one.</summary>
internal sealed unsafe class TreeSpiller(BoltWriteTransaction transaction, double fillPercent)
{
    private readonly int pageSize = transaction.View.Meta.PageSize;
    private readonly long fillBytes = (long)(transaction.View.Meta.PageSize * fillPercent);

    /// <summary>Returns the page of the root.</summary>
    public ulong Run(BoltNode root)
    {
        List<BranchElement> pages = Spill(root);
        while (pages.Count > 1)
        {
            BranchNode level = new(pages.Count);
            foreach (BranchElement page in pages)
            {
                level.Insert(level.Count, page);
            }

            pages = WritePages(level);
        }

        return pages[0].PageId;
    }

    /// <summary>How many pages a node would be written to.</summary>
    public long CountPages(BoltNode node)
    {
        long pages = 0;
        long remaining = node.ContentBytes;
        for (int from = 0; from < node.Count;)
        {
            from += TakePage(node, from, remaining, out long bytes);
            remaining -= bytes;
            pages += PagesFor(bytes);
        }

        return pages;
    }

    /// <summary>Writes a leaf that needs no more than the room given: the page of an inline bucket.</summary>
    public static void WriteInline(LeafNode leaf, Span<byte> room) => WriteLeaf(leaf, 0, leaf.Count, 0, 0, room);

    private List<BranchElement> Spill(BoltNode node)
    {
        transaction.Free(node.PageId);
        if (node is not BranchNode branch)
        {
            return WritePages(node);
        }

        BranchNode written = new(branch.Count);
        for (int i = 0; i < branch.Count; i++)
        {
            if (branch[i].Child is not { } child)
            {
                written.Insert(written.Count, branch[i]);
                continue;
            }

            foreach (BranchElement page in Spill(child))
            {
                written.Insert(written.Count, page);
            }
        }

        return WritePages(written);
    }

    private List<BranchElement> WritePages(BoltNode node)
    {
        List<BranchElement> pages = [];
        long remaining = node.ContentBytes;
        int from = 0;
        do
        {
            int count = TakePage(node, from, remaining, out long bytes);
            remaining -= bytes;
            int pageCount = PagesFor(bytes);
            ulong id = transaction.Allocate(pageCount);
            Span<byte> room = transaction.Dirty.Add(id, checked(pageCount * pageSize));
            BranchElement element = new() { PageId = id };
            if (node is LeafNode leaf)
            {
                WriteLeaf(leaf, from, count, id, (uint)pageCount - 1, room);
                if (count > 0)
                {
                    element.Key = leaf[from].Key;
                    element.KeyLength = leaf[from].KeyLength;
                }
            }
            else
            {
                BranchNode branch = (BranchNode)node;
                WriteBranch(branch, from, count, id, (uint)pageCount - 1, room);
                element.Key = branch[from].Key;
                element.KeyLength = branch[from].KeyLength;
            }

            pages.Add(element);
            from += count;
        }
        while (from < node.Count);

        return pages;
    }

    private int PagesFor(long contentBytes) => checked((int)((BoltPage.HeaderBytes + contentBytes + pageSize - 1) / pageSize));

    /// <summary>How many elements go on the next page, and their bytes. What is left over never is less than a node's minimum.</summary>
    private int TakePage(BoltNode node, int from, long remaining, out long bytes)
    {
        int count = node.Count - from;
        int minimum = node.MinCount;
        bytes = remaining;
        if (count <= BoltPage.MaxElements && (BoltPage.HeaderBytes + remaining <= pageSize || count < 2 * minimum))
        {
            return count;
        }

        bytes = 0;
        int taken = 0;
        while (taken < count - minimum && taken < BoltPage.MaxElements)
        {
            long next = node.ElementBytesAt(from + taken);
            long filled = BoltPage.HeaderBytes + bytes + next;
            // A page of one is a waste where a second element still fits.
            if (taken >= minimum && filled > fillBytes && (taken >= 2 || filled > pageSize))
            {
                break;
            }

            bytes += next;
            taken++;
        }

        return taken;
    }

    private static void WriteLeaf(LeafNode leaf, int from, int count, ulong id, uint overflow, Span<byte> room)
    {
        BoltPage.WriteHeader(room, id, BoltPage.LeafFlag, count, overflow);
        int at = BoltPage.HeaderBytes;
        int data = BoltPage.HeaderBytes + (count * BoltPage.ElementBytes);
        for (int i = from; i < from + count; i++)
        {
            ref readonly LeafElement element = ref leaf[i];
            Unsafe.WriteUnaligned(ref room[at], element.Flags);
            Unsafe.WriteUnaligned(ref room[at + 4], data - at);
            Unsafe.WriteUnaligned(ref room[at + 8], element.KeyLength);
            Unsafe.WriteUnaligned(ref room[at + 12], element.ValueLength);
            element.KeySpan.CopyTo(room[data..]);
            element.ValueSpan.CopyTo(room[(data + element.KeyLength)..]);
            at += BoltPage.ElementBytes;
            data += element.KeyLength + element.ValueLength;
        }

        room[data..].Clear();
    }

    private static void WriteBranch(BranchNode branch, int from, int count, ulong id, uint overflow, Span<byte> room)
    {
        BoltPage.WriteHeader(room, id, BoltPage.BranchFlag, count, overflow);
        int at = BoltPage.HeaderBytes;
        int data = BoltPage.HeaderBytes + (count * BoltPage.ElementBytes);
        for (int i = from; i < from + count; i++)
        {
            ref readonly BranchElement element = ref branch[i];
            Unsafe.WriteUnaligned(ref room[at], data - at);
            Unsafe.WriteUnaligned(ref room[at + 4], element.KeyLength);
            Unsafe.WriteUnaligned(ref room[at + 8], element.PageId);
            element.KeySpan.CopyTo(room[data..]);
            at += BoltPage.ElementBytes;
            data += element.KeyLength;
        }

        room[data..].Clear();
    }
}
