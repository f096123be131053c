using Netcd.Engine.Hashing;

namespace Netcd.Engine.Watching;

/// <summary>Watches by the keys that they are about: single keys in a table, intervals in a tree.</summary>
/// <remarks>Hot path. Budget: 1 µs for the groups that a change concerns, among 10,000 keys and 1,000 intervals, no allocation.</remarks>
internal sealed class WatchIndex
{
    private readonly Dictionary<byte[], WatchGroup> singles;
    private readonly Dictionary<byte[], WatchGroup>.AlternateLookup<ReadOnlySpan<byte>> byKey;
    private readonly RangeTree ranges = new();

    public WatchIndex(KeyComparer keys)
    {
        singles = new Dictionary<byte[], WatchGroup>(keys);
        byKey = singles.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>How many watches there are.</summary>
    public int Count { get; private set; }

    public void Add(Watch watch)
    {
        WatchGroup? group;
        if (!watch.Range.IsSingle)
        {
            group = ranges.GetOrAdd(watch.Range);
        }
        else if (!singles.TryGetValue(watch.Range.Start, out group))
        {
            group = new WatchGroup(watch.Range);
            singles.Add(watch.Range.Start, group);
        }

        group.Add(watch);
        watch.Index = this;
        Count++;
    }

    /// <summary>Adds all watches to a list.</summary>
    public void CopyTo(List<Watch> all)
    {
        foreach (WatchGroup group in singles.Values)
        {
            all.AddRange(group.Watches);
        }

        ranges.CopyTo(all);
    }

    public void Remove(Watch watch)
    {
        WatchGroup group = watch.Group!;
        group.Remove(watch);
        watch.Index = null;
        Count--;
        if (group.Watches.Count > 0)
        {
            return;
        }

        if (group.Range.IsSingle)
        {
            singles.Remove(group.Range.Start);
        }
        else
        {
            ranges.Remove(group.Range);
        }
    }

    /// <summary>Adds the groups that a change of the key concerns.</summary>
    public void Find(ReadOnlySpan<byte> key, List<WatchGroup> found)
    {
        if (byKey.TryGetValue(key, out WatchGroup? single))
        {
            found.Add(single);
        }

        ranges.Find(key, found);
    }
}
