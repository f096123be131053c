using System.Globalization;
using System.Text;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Engine.Tests.Mvcc.Index;

/// <summary>An index that is restored from a store's records is the one that the changes made.</summary>
public sealed class IndexRestoreTests
{
    /// <summary>How keys come one after the other, by name.</summary>
    private static readonly Dictionary<string, Func<Random, int, string>> Orders = new()
    {
        ["ascending"] = static (_, n) => $"/a/{n:d6}",
        ["descending"] = static (_, n) => $"/a/{100_000 - n:d6}",
        ["twice over"] = static (_, n) => $"/a/{n % 3_000:d6}",
        ["by eight writers"] = static (random, n) => $"/a/{(n / 8 * 8) + ((n + random.Next(3)) % 8):d6}",
        ["at random"] = static (random, _) => $"/a/{random.Next(100_000):d6}",
        ["a few, often"] = static (random, _) => $"/registry/pods/{random.Next(40)}",
        ["of many lengths"] = static (random, _) => new string((char)('a' + random.Next(3)), 1 + random.Next(300)) + random.Next(20),
        ["one the beginning of the other"] = static (random, _) => new string('k', 1 + random.Next(200)) + new string('\0', random.Next(3)),
        ["too long for a leaf"] = static (random, _) => new string('k', 1_500) + random.Next(500) + new string('z', random.Next(6_000)),
    };

    public static TheoryData<string, int> OrdersAndBatches()
    {
        TheoryData<string, int> data = [];
        foreach (string order in Orders.Keys)
        {
            foreach (int batch in new[] { 1, 7, 500, 100_000 })
            {
                data.Add(order, batch);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(OrdersAndBatches))]
    public void A_restored_index_is_the_one_that_the_changes_made(string order, int batchRecords)
    {
        Random random = new(batchRecords);
        KeyIndex made = new();
        IndexRestore restore = new(batchRecords, Beside);
        int changes = order == "too long for a leaf" ? 1_500 : 6_000;
        for (int n = 0; n < changes; n++)
        {
            Change(made, restore, Bytes(Orders[order](random, n)), new Revision(2 + (n / 3), n % 3), random.Next(5) == 0);
        }

        KeyIndex restored = restore.End();
        AssertSame(made.Publish(), restored.Publish());
        for (int n = 0; n < 500; n++)
        {
            byte[] key = Bytes(Orders[order](random, random.Next(changes)));
            made.Put(key, new Revision(10_000 + n, 0));
            restored.Put(key, new Revision(10_000 + n, 0));
        }

        AssertSame(made.Current, restored.Current);
    }

    [Theory]
    [InlineData("ascending")]
    [InlineData("by eight writers")]
    public void Keys_that_come_about_in_order_fill_the_leaves(string order)
    {
        Random random = new(1);
        IndexRestore restore = new(1_000, Beside);
        for (int n = 0; n < 10_000; n++)
        {
            restore.Add(Bytes(Orders[order](random, n)), new RestoredChange(new Revision(2 + n, 0), false, 2 + n, 1));
        }

        IndexNode root = restore.End().Current.Root;
        (int leaves, int keys) = Count(root);
        Assert.InRange(leaves, keys / Leaf.MaxKeys, (keys * 10 / 9 / Leaf.MaxKeys) + 1);
    }

    [Fact]
    public void A_record_that_is_empty_and_no_deletion_is_a_life()
    {
        IndexRestore restore = new(10, Beside);
        restore.Add(Bytes("k"), new RestoredChange(new Revision(7, 0), IsTombstone: false, CreateMain: 0, Version: 0));
        Assert.True(restore.End().Current.TryGet(Bytes("k"), out KeyRecord record));
        Assert.Equal((true, 1, 7), (record.IsLive, record.Version, record.ModMain));
    }

    private static Action Beside(Action work)
    {
        Task begun = Task.Run(work);
        return begun.GetAwaiter().GetResult;
    }

    private static void Change(KeyIndex made, IndexRestore restore, byte[] key, Revision revision, bool isDeletion)
    {
        if (isDeletion)
        {
            made.Delete(key, revision);
            restore.Add(key, new RestoredChange(revision, IsTombstone: true, 0, 0));
            return;
        }

        KeyRecord record = made.Put(key, revision);
        restore.Add(key, new RestoredChange(revision, IsTombstone: false, record.CreateMain, record.Version));
    }

    private static void AssertSame(KeyIndexView expected, KeyIndexView actual)
    {
        Assert.Equal(expected.LiveCount, actual.LiveCount);
        Assert.Equal(Records(expected), Records(actual));
    }

    /// <summary>Every key with all that is known of it: from a walk, and each found by itself too.</summary>
    private static List<string> Records(KeyIndexView view)
    {
        IndexCursor cursor = view.Walk(new KeyInterval([0], [0]));
        List<string> records = [];
        while (cursor.Next(onlyLive: false))
        {
            Assert.True(view.TryGet(cursor.Key, out KeyRecord record));
            string key = Encoding.UTF8.GetString(cursor.Key);
            long create = record.IsLive ? record.CreateMain : 0;
            records.Add(string.Create(CultureInfo.InvariantCulture, $"{key} {record.Mod} {record.Version} {create} {History(record)}"));
        }

        return records;
    }

    private static string History(KeyRecord record) => string.Join(
        ',', Enumerable.Range(0, record.HistoryCount).Select(i => $"{record.History![i].Revision}{record.History[i].IsTombstone}"));

    private static (int Leaves, int Keys) Count(IndexNode node) => node switch
    {
        Leaf leaf => (1, leaf.Count),
        Inner inner => inner.Children.Take(inner.Count).Select(Count).Aggregate((a, b) => (a.Leaves + b.Leaves, a.Keys + b.Keys)),
        _ => throw new InvalidOperationException("no node of the index"),
    };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
