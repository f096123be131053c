using System.Collections.Immutable;
using System.Text;

namespace Netcd.Client.Views;

/// <summary>All keys with a prefix as they were at one revision. It never changes.</summary>
public sealed class PrefixSnapshot
{
    internal PrefixSnapshot(EtcdHeader header, long revision, ImmutableSortedDictionary<ReadOnlyMemory<byte>, KeyValue> keyValues)
    {
        Header = header;
        Revision = revision;
        ByKey = keyValues;
    }

    /// <summary>Who told it.</summary>
    public EtcdHeader Header { get; }

    /// <summary>The revision.</summary>
    public long Revision { get; }

    /// <summary>How many keys there are.</summary>
    public int Count => ByKey.Count;

    /// <summary>The keys in their order.</summary>
    public IEnumerable<KeyValue> KeyValues => ByKey.Values;

    internal ImmutableSortedDictionary<ReadOnlyMemory<byte>, KeyValue> ByKey { get; }

    /// <summary>A key, or null if there is none.</summary>
    /// <param name="key">The whole key, with its prefix.</param>
    public KeyValue? Find(ReadOnlyMemory<byte> key) => ByKey.GetValueOrDefault(key);

    /// <summary>A key, or null if there is none.</summary>
    /// <param name="key">The whole key, with its prefix, as UTF-8.</param>
    public KeyValue? Find(string key) => Find(Encoding.UTF8.GetBytes(key));
}
