using Netcd.Client.Watching;

namespace Netcd.Client.Views;

/// <summary>What must have happened between two states.</summary>
internal static class Differences
{
    /// <summary>An event for each key that differs, in the order of the keys.</summary>
    public static IEnumerable<WatchEvent> Between(PrefixSnapshot before, PrefixSnapshot after)
    {
        IEnumerable<WatchEvent> gone = before.KeyValues
            .Where(kv => !after.ByKey.ContainsKey(kv.Key))
            .Select(kv => new WatchEvent(WatchEventType.Delete, new KeyValue(kv.Key, default, 0, after.Revision, 0, 0), kv));
        IEnumerable<WatchEvent> put = after.KeyValues
            .Select(kv => (Now: kv, Before: before.ByKey.GetValueOrDefault(kv.Key)))
            .Where(static pair => pair.Before?.ModRevision != pair.Now.ModRevision)
            .Select(static pair => new WatchEvent(WatchEventType.Put, pair.Now, pair.Before));
        return gone.Concat(put).OrderBy(static change => change.KeyValue.Key, KeyOrder.Instance);
    }
}
