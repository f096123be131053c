using System.Numerics;

namespace Netcd.Storage.Bolt;

/// <content>Where the free pages lie: what a defragmentation asks.</content>
internal sealed partial class Freelist
{
    /// <summary>The end of the pages in use: all from there up to the mark are free, so that no snapshot held can reach them.</summary>
    public ulong EndOfUse(ulong highWater)
    {
        ulong end = highWater;
        while (end > 2 && IsFree(end - 1))
        {
            end--;
        }

        return end;
    }

    /// <summary>Forgets the pages from the mark on, all of which are free: they are no part of the file any more.</summary>
    public void CutTo(ulong highWater)
    {
        for (long page = Next((long)highWater, set: true); page < free.Length * 64L; page = Next(page + 1, set: true))
        {
            free[page / 64] &= ~(1UL << (int)(page % 64));
            FreeCount--;
        }
    }

    /// <summary>How many pages below the limit are free.</summary>
    public long FreeBelow(ulong limit)
    {
        long pages = Math.Min((long)limit, free.Length * 64L);
        long count = 0;
        for (int word = 0; word < pages / 64; word++)
        {
            count += BitOperations.PopCount(free[word]);
        }

        return pages % 64 == 0 ? count : count + BitOperations.PopCount(free[pages / 64] & ((1UL << (int)(pages % 64)) - 1));
    }

    /// <summary>The end of the first so many free pages; the end of all where there are fewer.</summary>
    public ulong EndOfFirst(long count)
    {
        for (int word = 0; word < free.Length; word++)
        {
            count -= BitOperations.PopCount(free[word]);
            if (count <= 0)
            {
                return (ulong)(word + 1) * 64;
            }
        }

        return (ulong)free.Length * 64;
    }

    /// <summary>Finds the lowest run of free pages that is long enough from a page on.</summary>
    public bool TryFindRun(ulong from, uint count, out ulong first)
    {
        long end;
        for (long start = Next((long)from, set: true); start < free.Length * 64L; start = Next(end, set: true))
        {
            end = Next(start, set: false);
            if (end - start >= count)
            {
                first = (ulong)start;
                return true;
            }
        }

        first = 0;
        return false;
    }

    private bool IsFree(ulong page) => page / 64 < (ulong)free.Length && (free[page / 64] >> (int)(page % 64) & 1) != 0;
}
