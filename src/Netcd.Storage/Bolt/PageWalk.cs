using System.Runtime.CompilerServices;

namespace Netcd.Storage.Bolt;

/// <summary>Finds the pages that a bucket takes, those of the buckets within it included, from page headers, branches and
/// the flags of leaf elements alone. A page that is met twice is damage.</summary>
internal sealed unsafe class PageWalk(BoltSnapshot view)
{
    private readonly ulong[] seen = new ulong[(view.Meta.HighWater / 64) + 1];
    private readonly Stack<ulong> open = new();

    public bool IsSeen(ulong page) => (seen[page / 64] >> (int)(page % 64) & 1) != 0;

    /// <summary>Marks a page and its overflow pages.</summary>
    public PageRun Mark(ulong id)
    {
        _ = view.Header(id, out uint overflow);
        for (ulong page = id; page <= id + overflow; page++)
        {
            if (IsSeen(page))
            {
                throw view.Corrupt(page, "is used twice");
            }

            seen[page / 64] |= 1UL << (int)(page % 64);
        }

        return new PageRun(id, overflow + 1);
    }

    /// <summary>Marks all pages from a bucket's root down, and lists them where that is asked.</summary>
    public void Run(ulong root, List<PageRun>? runs)
    {
        open.Push(root);
        while (open.TryPop(out ulong id))
        {
            PageRun run = Mark(id);
            runs?.Add(run);
            BoltPage page = view.Page(id);
            for (int i = 0; i < page.Count; i++)
            {
                if (!page.IsLeaf)
                {
                    open.Push(page.ChildAt(i));
                }
                else if ((page.FlagsAt(i) & BoltPage.BucketFlag) != 0)
                {
                    ReadOnlySpan<byte> entry = page.ValueAt(i);
                    if (entry.Length < BoltBucket.HeaderBytes)
                    {
                        throw view.Corrupt(id, "the entry of a bucket is too short");
                    }

                    // Inline buckets (root 0) hold no buckets.
                    ulong child = Unsafe.ReadUnaligned<ulong>(in entry[0]);
                    if (child != 0)
                    {
                        open.Push(child);
                    }
                }
            }
        }
    }
}
