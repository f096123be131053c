using System.Text;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Engine.Tests.Mvcc.Index;

/// <summary>The B+tree of keys against a sorted dictionary: what a view shows stays as it was when it was published.</summary>
public sealed class KeyIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Views_show_the_keys_of_their_time_whatever_comes_after(int seed)
    {
        Random random = new(seed);
        KeyIndex index = new();
        SortedDictionary<string, (long Mod, bool IsLive)> model = new(StringComparer.Ordinal);
        List<(KeyIndexView View, Dictionary<string, (long Mod, bool IsLive)> Expected)> published = [];
        for (long revision = 2; revision < 6_000; revision++)
        {
            string key = $"key-{random.Next(900):d3}";
            bool isDelete = model.TryGetValue(key, out (long Mod, bool IsLive) known) && known.IsLive && random.Next(3) == 0;
            if (isDelete)
            {
                index.Delete(Bytes(key), new Revision(revision, 0));
            }
            else
            {
                index.Put(Bytes(key), new Revision(revision, 0));
            }

            model[key] = (revision, !isDelete);
            if (revision % 500 == 0)
            {
                published.Add((index.Publish(), new(model)));
            }
        }

        Assert.All(published, pair => AssertShows(pair.View, pair.Expected));
        AssertShows(index.Current, new(model));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Keys_in_order_and_in_reverse_are_found_counted_and_walked(bool isReversed)
    {
        KeyIndex index = new();
        string[] keys = [.. Enumerable.Range(0, 5_000).Select(static n => $"k{n:d5}")];
        long revision = 2;
        foreach (string key in isReversed ? keys.Reverse() : keys)
        {
            index.Put(Bytes(key), new Revision(revision++, 0));
        }

        KeyIndexView view = index.Publish();
        Assert.Equal(5_000, view.LiveCount);
        Assert.Equal(keys, Walk(view, [], [0]));
        Assert.Equal(keys[100..200], Walk(view, Bytes("k00100"), Bytes("k00200")));
        Assert.Equal(100, view.CountLive(new KeyInterval(Bytes("k00100"), Bytes("k00200"))));
        Assert.Equal(4_900, view.CountLive(new KeyInterval(Bytes("k00100"), [0])));
        Assert.Equal(0, view.CountLive(new KeyInterval(Bytes("k00200"), Bytes("k00100"))));
    }

    private static void AssertShows(KeyIndexView view, Dictionary<string, (long Mod, bool IsLive)> expected)
    {
        string[] live = [.. expected.Where(static pair => pair.Value.IsLive).Select(static pair => pair.Key).Order(StringComparer.Ordinal)];
        Assert.Equal(live, Walk(view, [], [0]));
        Assert.Equal(live.Length, view.LiveCount);
        foreach ((string key, (long mod, bool isLive)) in expected)
        {
            Assert.True(view.TryGet(Bytes(key), out KeyRecord record));
            Assert.Equal((mod, isLive), (record.ModMain, record.IsLive));
        }

        Assert.False(view.TryGet(Bytes("no such key"), out _));
    }

    private static List<string> Walk(KeyIndexView view, byte[] key, byte[] rangeEnd)
    {
        // No key stands for the smallest one.
        IndexCursor cursor = view.Walk(new KeyInterval(key.Length == 0 ? [0] : key, rangeEnd));
        List<string> walked = [];
        while (cursor.Next(onlyLive: true))
        {
            walked.Add(Encoding.UTF8.GetString(cursor.Key));
        }

        return walked;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
