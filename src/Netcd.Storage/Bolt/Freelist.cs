using System.Numerics;

namespace Netcd.Storage.Bolt;

/// <summary>
/// Which pages may be written. Free pages stand in a bitmap (32 KiB a GiB of file), which finds the next run of any length
/// fast and takes the lowest first; pages that a commit replaced wait until no snapshot can reach them.
/// </summary>
internal sealed partial class Freelist
{
    private readonly List<Pending> pending = [];

    /// <summary>A bit for each page; set means free.</summary>
    private ulong[] free = [];

    /// <summary>As <see cref="free"/>, of the pages that wait.</summary>
    private ulong[] waiting = [];

    /// <summary>The transaction that last took each page (0: before the file was opened): a page taken and given back between
    /// two snapshots is seen by neither.</summary>
    private ulong[] takenBy = [];

    private int lowestWord;

    /// <summary>No run as long as this was found since pages were last freed.</summary>
    private int shortestFailure = int.MaxValue;

    public long FreeCount { get; private set; }

    public long PendingCount { get; private set; }

    public void EnsurePages(ulong highWater)
    {
        int pages = checked((int)highWater);
        if (takenBy.Length < pages)
        {
            int size = Math.Max(pages, (takenBy.Length * 5 / 4) + 64);
            Array.Resize(ref takenBy, size);
            Array.Resize(ref free, (size + 63) / 64);
            Array.Resize(ref waiting, (size + 63) / 64);
        }
    }

    /// <summary>Whether a transaction that replaces the page must have met a damaged tree: it is free, given back already, or
    /// was taken by that transaction itself.</summary>
    public bool CannotBeFreedBy(ulong transaction, ulong page) =>
        ((free[page / 64] | waiting[page / 64]) >> (int)(page % 64) & 1) != 0 || takenBy[page] == transaction;

    /// <summary>Makes a page free; false where it was already.</summary>
    public bool TryFree(ulong page)
    {
        int word = (int)(page / 64);
        ulong bit = 1UL << (int)(page % 64);
        if ((free[word] & bit) != 0)
        {
            return false;
        }

        free[word] |= bit;
        FreeCount++;
        lowestWord = Math.Min(lowestWord, word);
        shortestFailure = int.MaxValue;
        return true;
    }

    /// <summary>Takes a run of free pages for a transaction; the lowest that is long enough.</summary>
    public bool TryAllocate(int count, ulong transaction, out ulong first)
    {
        first = 0;
        if (FreeCount < count || count >= shortestFailure)
        {
            return false;
        }

        long start = Next(lowestWord * 64L, set: true);
        lowestWord = (int)(start / 64);
        while (start < free.Length * 64L)
        {
            long end = Next(start, set: false);
            if (end - start >= count)
            {
                first = (ulong)start;
                Take(first, count, transaction);
                return true;
            }

            start = Next(end, set: true);
        }

        shortestFailure = count;
        return false;
    }

    /// <summary>Marks pages beyond the former high-water mark as taken.</summary>
    public void TakeNew(ulong first, int count, ulong transaction)
    {
        EnsurePages(first + (ulong)count);
        takenBy.AsSpan((int)first, count).Fill(transaction);
    }

    /// <summary>Puts aside what a commit replaced.</summary>
    public void AddPending(ulong transaction, List<PageRun> runs)
    {
        if (runs.Count > 0)
        {
            pending.Add(new Pending(transaction, [.. runs]));
            foreach (PageRun run in runs)
            {
                PendingCount += run.Count;
                for (ulong page = run.First; page < run.First + run.Count; page++)
                {
                    waiting[page / 64] |= 1UL << (int)(page % 64);
                }
            }
        }
    }

    /// <summary>Frees what no snapshot can reach: a page is reachable from those taken after the transaction that wrote it
    /// and before the one that replaced it.</summary>
    /// <param name="held">The transaction ids of the snapshots held, ascending.</param>
    public void Release(ReadOnlySpan<ulong> held)
    {
        int kept = 0;
        for (int i = 0; i < pending.Count; i++)
        {
            Pending entry = pending[i];
            int below = CountBelow(held, entry.Transaction);
            // Snapshots older than an entry only ever go: with as many as before nothing has changed for it.
            if (below != entry.SnapshotsBelow)
            {
                entry.SnapshotsBelow = below;
                ReleaseRuns(entry.Runs, held[..below]);
            }

            if (entry.Runs.Count > 0)
            {
                pending[kept++] = entry;
            }
        }

        pending.RemoveRange(kept, pending.Count - kept);
    }

    /// <summary>All free and pending pages below the mark, ascending.</summary>
    public List<ulong> All(ulong highWater)
    {
        List<ulong> all = new((int)(FreeCount + PendingCount));
        for (long page = Next(0, set: true); page < (long)highWater && page < free.Length * 64L; page = Next(page + 1, set: true))
        {
            all.Add((ulong)page);
        }

        foreach (Pending entry in pending)
        {
            foreach (PageRun run in entry.Runs)
            {
                for (uint i = 0; i < run.Count; i++)
                {
                    all.Add(run.First + i);
                }
            }
        }

        all.Sort();
        return all;
    }

    private void ReleaseRuns(List<PageRun> runs, ReadOnlySpan<ulong> heldBelow)
    {
        int kept = 0;
        for (int i = 0; i < runs.Count; i++)
        {
            if (!TryRelease(runs[i], heldBelow))
            {
                runs[kept++] = runs[i];
            }
        }

        runs.RemoveRange(kept, runs.Count - kept);
    }

    private bool TryRelease(PageRun run, ReadOnlySpan<ulong> heldBelow)
    {
        // All pages of a run were written as one page with its overflow: one transaction took them.
        if (CountBelow(heldBelow, takenBy[run.First]) < heldBelow.Length)
        {
            return false;
        }

        for (ulong page = run.First; page < run.First + run.Count; page++)
        {
            waiting[page / 64] &= ~(1UL << (int)(page % 64));
            if (!TryFree(page))
            {
                throw new InvalidOperationException($"page {page} was freed twice");
            }
        }

        PendingCount -= run.Count;
        return true;
    }

    private void Take(ulong first, int count, ulong transaction)
    {
        for (ulong page = first; page < first + (ulong)count; page++)
        {
            free[page / 64] &= ~(1UL << (int)(page % 64));
        }

        takenBy.AsSpan((int)first, count).Fill(transaction);
        FreeCount -= count;
    }

    private long Next(long from, bool set)
    {
        long words = free.Length;
        long word = from / 64;
        if (word >= words)
        {
            return words * 64;
        }

        ulong flip = set ? 0 : ulong.MaxValue;
        ulong bits = (free[word] ^ flip) & (ulong.MaxValue << (int)(from % 64));
        while (bits == 0)
        {
            if (++word == words)
            {
                return words * 64;
            }

            bits = free[word] ^ flip;
        }

        return (word * 64) + BitOperations.TrailingZeroCount(bits);
    }

    private static int CountBelow(ReadOnlySpan<ulong> ascending, ulong limit)
    {
        int index = ascending.BinarySearch(limit);
        return index < 0 ? ~index : index;
    }

    private sealed class Pending(ulong transaction, List<PageRun> runs)
    {
        public ulong Transaction { get; } = transaction;

        public List<PageRun> Runs { get; } = runs;

        public int SnapshotsBelow { get; set; } = -1;
    }
}

/// <summary>A page and its overflow pages.</summary>
internal readonly record struct PageRun(ulong First, uint Count);
