using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>Which pages a commit may write: never one that a snapshot can still reach.</summary>
public sealed class FreelistTests
{
    private const ulong Pages = 700;

    [Fact]
    public void The_lowest_run_that_is_long_enough_is_taken()
    {
        Freelist list = With(3, 10, 11, 20, 21, 22, 63, 64, 65, 66);
        Assert.True(list.TryAllocate(2, 1, out ulong two));
        Assert.Equal(10UL, two);

        // Across the border of a word of the bitmap.
        Assert.True(list.TryAllocate(4, 1, out ulong four));
        Assert.Equal(63UL, four);
        Assert.False(list.TryAllocate(4, 1, out _));
        Assert.True(list.TryAllocate(1, 1, out ulong one));
        Assert.Equal((3UL, 3L), (one, list.FreeCount));
    }

    [Fact]
    public void A_run_that_was_not_found_is_found_when_pages_between_have_become_free()
    {
        Freelist list = With(5, 7);
        Assert.False(list.TryAllocate(3, 1, out _));
        Assert.True(list.TryFree(6));
        Assert.True(list.TryAllocate(3, 1, out ulong first));
        Assert.Equal(5UL, first);
    }

    [Fact]
    public void A_page_is_freed_once()
    {
        Freelist list = With(5);
        Assert.False(list.TryFree(5));
        Assert.True(list.CannotBeFreedBy(9, 5));
        Assert.False(list.CannotBeFreedBy(9, 6));
    }

    [Fact]
    public void A_page_that_was_replaced_waits_for_the_snapshots_that_can_reach_it()
    {
        Freelist list = With(30);
        Assert.True(list.TryAllocate(1, 4, out ulong page));
        list.AddPending(8, [new PageRun(page, 1)]);
        Assert.True(list.CannotBeFreedBy(9, page));

        // Written by 4 and replaced by 8: it is seen by 4 to 7.
        list.Release([3, 6, 9]);
        Assert.Equal((0L, 1L), (list.FreeCount, list.PendingCount));
        list.Release([3, 9]);
        Assert.Equal((1L, 0L), (list.FreeCount, list.PendingCount));
        Assert.Equal([30UL], list.All(Pages));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_page_is_taken_twice_or_while_a_snapshot_reaches_it(int seed)
    {
        Random random = new(seed);
        Model model = new(random);
        for (int step = 0; step < 3_000; step++)
        {
            switch (random.Next(6))
            {
                case 0:
                    model.Commit();
                    break;
                case 1:
                    model.OpenSnapshot();
                    break;
                case 2:
                    model.CloseSnapshot();
                    break;
                case 3:
                    model.Replace();
                    break;
                default:
                    model.Allocate();
                    break;
            }

            model.Check();
        }

        Assert.True(model.Reused > 50, $"only {model.Reused} pages were used again");
    }

    private static Freelist With(params ulong[] free)
    {
        Freelist list = new();
        list.EnsurePages(Pages);
        foreach (ulong page in free)
        {
            Assert.True(list.TryFree(page));
        }

        return list;
    }

    /// <summary>For each page the transactions that wrote and replaced it.</summary>
    private sealed class Model
    {
        private readonly Random random;
        private readonly Freelist list = With();
        private readonly List<(PageRun Run, ulong Written)> live = [];
        private readonly List<(PageRun Run, ulong Written, ulong Replaced)> gone = [];
        private readonly List<PageRun> replaced = [];
        private readonly List<ulong> snapshots = [];
        private ulong transaction = 1;
        private ulong highWater = 2;

        public Model(Random random) => this.random = random;

        public int Reused { get; private set; }

        public void Allocate()
        {
            int count = random.Next(1, 5);
            if (list.TryAllocate(count, transaction, out ulong first))
            {
                Reused += count;
            }
            else if (highWater + (ulong)count <= Pages)
            {
                first = highWater;
                list.TakeNew(first, count, transaction);
                highWater += (ulong)count;
            }
            else
            {
                return;
            }

            PageRun run = new(first, (uint)count);
            Assert.DoesNotContain(live, other => Meet(run, other.Run));
            Assert.DoesNotContain(gone, other => Meet(run, other.Run) && snapshots.Any(at => at >= other.Written && at < other.Replaced));
            gone.RemoveAll(other => Meet(run, other.Run));
            live.Add((run, transaction));
        }

        public void Replace()
        {
            int at = random.Next(live.Count + 1);
            if (at < live.Count && live[at].Written < transaction)
            {
                replaced.Add(live[at].Run);
                gone.Add((live[at].Run, live[at].Written, transaction));
                live.RemoveAt(at);
            }
        }

        public void Commit()
        {
            list.AddPending(transaction, replaced);
            replaced.Clear();
            list.Release([.. snapshots]);
            transaction++;
        }

        public void OpenSnapshot()
        {
            // Of what was committed last.
            if (snapshots.Count < 4 && (snapshots.Count == 0 || snapshots[^1] < transaction - 1))
            {
                snapshots.Add(transaction - 1);
            }
        }

        public void CloseSnapshot()
        {
            if (snapshots.Count > 0)
            {
                snapshots.RemoveAt(random.Next(snapshots.Count));
            }
        }

        public void Check()
        {
            List<ulong> all = list.All(highWater);
            Assert.Equal(all.Count, all.Distinct().Count());
            Assert.Equal(list.FreeCount + list.PendingCount, all.Count);
            HashSet<ulong> used = [.. live.Select(static entry => entry.Run).Concat(replaced).SelectMany(PagesOf)];
            Assert.Equal((long)highWater - 2, used.Count + all.Count);
            Assert.DoesNotContain(all, used.Contains);
        }

        private static bool Meet(PageRun one, PageRun other) =>
            one.First < other.First + other.Count && other.First < one.First + one.Count;

        private static IEnumerable<ulong> PagesOf(PageRun run) => Enumerable.Range(0, (int)run.Count).Select(i => run.First + (ulong)i);
    }
}
