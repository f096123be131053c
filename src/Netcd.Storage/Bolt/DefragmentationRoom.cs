namespace Netcd.Storage.Bolt;

/// <summary>
/// Which pages a step of a defragmentation may write anew: so many, and only where there is room further down. Pages are handed out
/// lowest first; so single ones surely find room among the first free pages, and for what needs several in a row a place behind
/// those is spoken for.
/// </summary>
internal sealed class DefragmentationRoom
{
    private const int LeastPages = 8;

    /// <summary>For the branches above what is written anew.</summary>
    private const int PathPages = 4;

    private readonly Freelist freelist;
    private readonly long budget;
    private ulong reserved;
    private bool isSpent;

    public DefragmentationRoom(Freelist freelist, ulong highWater, long inUse, BoltDefragmentationOptions options)
    {
        this.freelist = freelist;
        Looks = options.LooksPerStep;
        Limit = LimitFor(inUse, options);
        // A file without free pages grows a little first.
        long free = freelist.FreeBelow(Limit) + Math.Max(0, (long)Limit - (long)highWater);
        budget = Math.Min(StepPages(inUse, options), free - (free / 4)) - PathPages;
        reserved = freelist.EndOfFirst(budget + PathPages);
    }

    /// <summary>Where the file could end, with room for what a few commits replace: pages from there on are to be moved.</summary>
    public ulong Limit { get; }

    /// <summary>Whether there is any use in a step.</summary>
    public bool IsEnough => budget > 0;

    /// <summary>Whether the step is as large as it may be.</summary>
    public bool IsSpent => isSpent || Taken >= budget || Looks <= 0;

    /// <summary>Leaves that may still be looked at.</summary>
    public int Looks { get; set; }

    /// <summary>Pages that are to be written.</summary>
    public long Taken { get; private set; }

    public static ulong LimitFor(long inUse, BoltDefragmentationOptions options) => (ulong)(2 + inUse + (3 * StepPages(inUse, options)));

    public bool IsBeyond(ulong page, uint overflow) => page + overflow >= Limit;

    /// <summary>Takes room for so many single pages; what is too much for the step is the first of the next.</summary>
    public bool TryTake(long pages)
    {
        if (Taken > 0 && Taken + pages > budget)
        {
            isSpent = true;
            return false;
        }

        Taken += pages;
        return true;
    }

    /// <summary>Takes room for a page with its overflow pages that is to be moved down; false where the step is spent or there is no
    /// such room.</summary>
    public bool TryTake(ulong page, uint overflow)
    {
        if (overflow == 0)
        {
            return TryTake(1);
        }

        if (!freelist.TryFindRun(reserved, overflow + 1, out ulong first) || first + overflow >= page || !TryTake(overflow + 1))
        {
            return false;
        }

        reserved = first + overflow + 1;
        return true;
    }

    private static long StepPages(long inUse, BoltDefragmentationOptions options) =>
        Math.Clamp(inUse / 64, LeastPages, Math.Max(options.PagesPerStep, LeastPages));
}
