using System.Runtime.CompilerServices;

namespace Netcd.Storage.Bolt;

/// <summary>Walks every page of a state: each is reachable exactly once or free, of the right kind, with keys ascending and
/// within the range that its parent gives it.</summary>
internal sealed unsafe class BoltChecker(BoltSnapshot view)
{
    private const int MaxProblems = 100;

    private readonly List<string> problems = [];
    private readonly HashSet<ulong> free = [];
    private readonly bool[] seen = new bool[view.Meta.HighWater];
    private long branches;
    private long leaves;
    private long buckets;
    private long keys;

    public BoltCheckReport Run(List<ulong>? freeInMemory)
    {
        bool knowsFree = LoadFree(freeInMemory);
        Guard(() => Bucket(view.Meta.RootPage, 0));
        for (ulong page = 2; knowsFree && page < view.Meta.HighWater; page++)
        {
            if (!seen[page] && !free.Contains(page))
            {
                Report($"page {page}: neither reachable nor free");
            }
        }

        return new BoltCheckReport
        {
            Problems = problems,
            FreePagesChecked = knowsFree,
            BranchPages = branches,
            LeafPages = leaves,
            FreePages = free.Count,
            Buckets = buckets,
            Keys = keys,
        };
    }

    private bool LoadFree(List<ulong>? inMemory)
    {
        bool hasList = false;
        if (view.Meta.HasFreelist)
        {
            hasList = Guard(() =>
            {
                foreach (ulong page in FreelistPage.Read(view))
                {
                    if (!free.Add(page))
                    {
                        Report($"page {page}: listed as free twice");
                    }
                }

                _ = view.Header(view.Meta.Freelist, out uint overflow);
                See(view.Meta.Freelist, overflow);
            });
        }

        if (inMemory is null)
        {
            return hasList;
        }

        if (hasList && !free.SetEquals(inMemory))
        {
            Report("the free pages in memory are not those in the file");
        }

        foreach (ulong page in inMemory)
        {
            if (!free.Add(page) && !hasList)
            {
                Report($"page {page}: free twice");
            }
        }

        return true;
    }

    private void Bucket(ulong root, int depth)
    {
        buckets++;
        Page(root, default, hasLow: false, default, hasHigh: false, depth, isRoot: true);
    }

    private void Page(
        ulong id, ReadOnlySpan<byte> low, bool hasLow, ReadOnlySpan<byte> high, bool hasHigh, int depth, bool isRoot)
    {
        if (depth > BoltSnapshot.MaxDepth)
        {
            throw view.Corrupt(id, "stands in a cycle");
        }

        _ = view.Header(id, out uint overflow);
        if (!See(id, overflow))
        {
            return;
        }

        BoltPage page = view.Page(id);
        if (page.IsLeaf)
        {
            leaves++;
        }
        else
        {
            branches++;
        }

        if (page.Count == 0 && !isRoot)
        {
            Report($"page {id}: empty");
        }

        Order(page, low, hasLow, high, hasHigh);
        for (int i = 0; i < page.Count; i++)
        {
            if (page.IsLeaf)
            {
                Element(page, i, depth);
                continue;
            }

            bool isLast = i + 1 == page.Count;
            try
            {
                Page(page.ChildAt(i), page.KeyAt(i), true, isLast ? high : page.KeyAt(i + 1), hasHigh || !isLast, depth + 1, isRoot: false);
            }
            catch (BoltFormatException damage)
            {
                Report(damage.Message);
            }
        }
    }

    private void Element(BoltPage page, int index, int depth)
    {
        ReadOnlySpan<byte> value = page.ValueAt(index);
        if ((page.FlagsAt(index) & BoltPage.BucketFlag) == 0)
        {
            keys++;
            return;
        }

        if (value.Length < BoltBucket.HeaderBytes)
        {
            Report($"page {page.Id}: the entry of a bucket is too short");
            return;
        }

        ulong root = Unsafe.ReadUnaligned<ulong>(in value[0]);
        if (root != 0)
        {
            Guard(() => Bucket(root, depth + 1));
            return;
        }

        buckets++;
        if (value.Length < BoltBucket.HeaderBytes + BoltPage.HeaderBytes)
        {
            Report($"page {page.Id}: an inline bucket is too short");
            return;
        }

        BoltPage inline = new(
            view, page.Id, (byte*)Unsafe.AsPointer(in value[BoltBucket.HeaderBytes]), value.Length - BoltBucket.HeaderBytes);
        if (!inline.IsLeaf)
        {
            Report($"page {page.Id}: an inline bucket is not a leaf");
            return;
        }

        Order(inline, default, hasLow: false, default, hasHigh: false);
        for (int i = 0; i < inline.Count; i++)
        {
            _ = inline.ValueAt(i);
            keys++;
        }
    }

    private void Order(BoltPage page, ReadOnlySpan<byte> low, bool hasLow, ReadOnlySpan<byte> high, bool hasHigh)
    {
        ReadOnlySpan<byte> former = low;
        for (int i = 0; i < page.Count; i++)
        {
            ReadOnlySpan<byte> key = page.KeyAt(i);
            if (key.IsEmpty)
            {
                Report($"page {page.Id}: key {i} is empty");
            }

            int order = former.SequenceCompareTo(key);
            if (i == 0 ? hasLow && order > 0 : order >= 0)
            {
                Report($"page {page.Id}: key {i} ({Convert.ToHexString(key)}) is out of order");
            }

            if (hasHigh && key.SequenceCompareTo(high) >= 0)
            {
                Report($"page {page.Id}: key {i} ({Convert.ToHexString(key)}) belongs to a later page");
            }

            former = key;
        }
    }

    private bool See(ulong id, uint overflow)
    {
        bool isNew = true;
        for (ulong page = id; page <= id + overflow; page++)
        {
            if (seen[page])
            {
                Report($"page {page}: reachable twice");
                isNew = false;
            }

            if (free.Contains(page))
            {
                Report($"page {page}: reachable and free");
            }

            seen[page] = true;
        }

        return isNew;
    }

    private bool Guard(Action part)
    {
        try
        {
            part();
            return true;
        }
        catch (BoltFormatException damage)
        {
            Report(damage.Message);
            return false;
        }
    }

    private void Report(string problem)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add(problem);
        }
    }
}
