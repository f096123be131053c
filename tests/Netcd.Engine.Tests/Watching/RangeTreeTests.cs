using System.Buffers.Binary;
using Netcd.Engine.Watching;

namespace Netcd.Engine.Tests.Watching;

/// <summary>The tree of watched intervals under what a client may do to it (C2): bounds on steps, not on time.</summary>
public sealed class RangeTreeTests
{
    private const int Count = 20_000;

    public static TheoryData<string, Func<int, int>> Orders { get; } = new()
    {
        { "sorted", static n => n },
        { "reversed", static n => Count - n },
        { "from both ends", static n => n % 2 == 0 ? n : (2 * Count) - n },
        { "from the middle", static n => n % 2 == 0 ? Count + n : Count - n },
        { "in blocks", static n => ((n % 100) * Count) + n },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void C2_intervals_in_an_order_that_a_client_chooses_leave_the_tree_balanced(string order, Func<int, int> start)
    {
        RangeTree tree = new();
        for (int n = 0; n < Count; n++)
        {
            tree.GetOrAdd(Range(start(n), start(n) + 1));
            AssertBalanced(tree, n + 1);
        }

        Assert.NotEmpty(order);
    }

    [Fact]
    public void C2_keys_that_follow_priorities_known_beforehand_leave_the_tree_balanced()
    {
        // The order in which a treap with the priorities of this generator becomes a list.
        uint priority = 2_463_534_242;
        uint[] priorities = new uint[Count];
        for (int n = 0; n < Count; n++)
        {
            priority ^= priority << 13;
            priority ^= priority >> 17;
            priority ^= priority << 5;
            priorities[n] = priority;
        }

        int[] ranks = new int[Count];
        int rank = 0;
        foreach (int n in Enumerable.Range(0, Count).OrderByDescending(n => priorities[n]))
        {
            ranks[n] = rank++;
        }

        RangeTree tree = new();
        foreach (int start in ranks)
        {
            tree.GetOrAdd(Range(start, Count + start));
        }

        AssertBalanced(tree, Count);
        List<WatchGroup> found = [];
        tree.Find(Key(0), found);
        Assert.Single(found);
        Assert.InRange(tree.Looks, 1, 2 * tree.Height);
    }

    [Fact]
    public void C2_intervals_that_all_begin_at_one_key_leave_the_tree_balanced_and_a_key_finds_its_own_alone()
    {
        RangeTree tree = new();
        for (int n = 0; n < Count; n++)
        {
            tree.GetOrAdd(Range(0, n + 1));
        }

        AssertBalanced(tree, Count);
        List<WatchGroup> found = [];
        tree.Find(Key(Count - 3), found);
        Assert.Equal(3, found.Count);
        Assert.InRange(tree.Looks, 1, 4 * tree.Height);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Intervals_that_come_and_go_are_found_as_a_list_finds_them(int seed)
    {
        Random random = new(seed);
        RangeTree tree = new();
        List<(int Start, int End)> present = [];
        for (int n = 0; n < 4_000; n++)
        {
            if (present.Count > 0 && random.Next(100) < (n < 2_000 ? 30 : 60))
            {
                int at = random.Next(present.Count);
                tree.Remove(Range(present[at].Start, present[at].End));
                present.RemoveAt(at);
            }
            else
            {
                int start = random.Next(500);
                int end = start + 1 + random.Next(random.Next(2) == 0 ? 3 : 500);
                tree.GetOrAdd(Range(start, end));
                if (!present.Contains((start, end)))
                {
                    present.Add((start, end));
                }
            }

            AssertBalanced(tree, present.Count);
            int key = random.Next(1_000);
            List<WatchGroup> found = [];
            tree.Find(Key(key), found);
            (int, int)[] expected = [.. present.Where(range => range.Start <= key && key < range.End).Order()];
            Assert.Equal(expected, found.Select(static group => (Number(group.Range.Start), Number(group.Range.End!))));
        }
    }

    [Fact]
    public void C2_many_intervals_are_copied_and_searched_on_a_small_stack()
    {
        RangeTree tree = new();
        for (int n = 0; n < 200_000; n++)
        {
            tree.GetOrAdd(Range(n, n + 1));
        }

        Exception? failure = null;
        Thread small = new(
            () =>
            {
                try
                {
                    List<WatchGroup> found = [];
                    tree.Find(Key(150_000), found);
                    tree.CopyTo([]);
                    tree.Remove(Range(150_000, 150_001));
                    Assert.Single(found);
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
            },
            128 * 1024);
        small.Start();
        small.Join();
        Assert.Null(failure);
    }

    private static void AssertBalanced(RangeTree tree, int count) =>
        Assert.InRange(tree.Height, 0, (1.4405 * Math.Log2(count + 2)) + 0.001);

    private static WatchRange Range(int start, int end) => WatchRange.From(Key(start), Key(end))!;

    private static byte[] Key(int number)
    {
        byte[] key = new byte[sizeof(int) + 1];
        key[0] = (byte)'k';
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(1), number);
        return key;
    }

    private static int Number(byte[] key) => BinaryPrimitives.ReadInt32BigEndian(key.AsSpan(1));
}
