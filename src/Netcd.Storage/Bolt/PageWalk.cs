using System.Runtime.CompilerServices;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>Finds the pages that a bucket takes, those of the buckets within it included, from page headers, branches and
/// the flags of leaf elements alone. A page that is met twice is damage.</summary>
internal sealed class PageWalk(BoltSnapshot view, IDiskFile file)
{
    private readonly ulong[] seen = new ulong[(view.Meta.HighWater / 64) + 1];

    /// <summary>The roots of buckets that were met within others and are still to be walked.</summary>
    private readonly Stack<ulong> open = new();

    public bool IsSeen(ulong page) => (seen[page / 64] >> (int)(page % 64) & 1) != 0;

    /// <summary>Marks all pages from a bucket's root down, and lists them where that is asked.</summary>
    public void Run(ulong root, List<PageRun>? runs)
    {
        using PageScan pages = new(view, file);
        open.Push(root);
        while (open.TryPop(out ulong id))
        {
            pages.Begin(id);
            while (pages.Next(out BoltPage page))
            {
                PageRun run = Mark(page);
                runs?.Add(run);
                if (page.IsLeaf)
                {
                    FindBuckets(page);
                }
            }
        }
    }

    /// <summary>Marks a page and its overflow pages.</summary>
    private PageRun Mark(BoltPage page)
    {
        PageRun run = new(page.Id, page.PageCount);
        for (ulong id = run.First; id < run.First + run.Count; id++)
        {
            if (IsSeen(id))
            {
                throw view.Corrupt(id, "is used twice");
            }

            seen[id / 64] |= 1UL << (int)(id % 64);
        }

        return run;
    }

    private void FindBuckets(BoltPage leaf)
    {
        for (int i = 0; i < leaf.Count; i++)
        {
            if ((leaf.FlagsAt(i) & BoltPage.BucketFlag) == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> entry = leaf.ValueAt(i);
            if (entry.Length < BoltBucket.HeaderBytes)
            {
                throw view.Corrupt(leaf.Id, "the entry of a bucket is too short");
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
