using System.Text;
using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>What a database should hold: plain sorted maps, a bucket each.</summary>
internal sealed class BoltModel
{
    private readonly SortedDictionary<string, SortedDictionary<byte[], byte[]>> buckets;

    public BoltModel()
        : this(new(StringComparer.Ordinal))
    {
    }

    private BoltModel(SortedDictionary<string, SortedDictionary<byte[], byte[]>> buckets) => this.buckets = buckets;

    public IReadOnlyCollection<string> BucketNames => buckets.Keys;

    public static IComparer<byte[]> ByteOrder { get; } = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    public SortedDictionary<byte[], byte[]> this[string bucket]
    {
        get
        {
            if (!buckets.TryGetValue(bucket, out SortedDictionary<byte[], byte[]>? map))
            {
                buckets[bucket] = map = new(ByteOrder);
            }

            return map;
        }
    }

    public void DeleteBucket(string bucket) => buckets.Remove(bucket);

    public BoltModel Clone()
    {
        SortedDictionary<string, SortedDictionary<byte[], byte[]>> copy = new(StringComparer.Ordinal);
        foreach ((string name, SortedDictionary<byte[], byte[]> map) in buckets)
        {
            copy[name] = new(map, ByteOrder);
        }

        return new BoltModel(copy);
    }

    /// <summary>Names the first difference; null where there is none.</summary>
    public string? DifferenceTo(BoltTransaction transaction)
    {
        string[] names = [.. transaction.BucketNames().Select(static n => Encoding.UTF8.GetString(n))];
        if (!names.SequenceEqual(buckets.Keys))
        {
            return $"buckets [{string.Join(' ', names)}] instead of [{string.Join(' ', buckets.Keys)}]";
        }

        foreach ((string name, SortedDictionary<byte[], byte[]> map) in buckets)
        {
            if (!transaction.TryGetBucket(Encoding.UTF8.GetBytes(name), out BoltBucket? bucket))
            {
                return $"bucket {name} is not found";
            }

            BoltCursor cursor = bucket.Cursor();
            bool found = cursor.First();
            foreach ((byte[] key, byte[] value) in map)
            {
                if (!found)
                {
                    return $"{name}: ends before {Convert.ToHexString(key)}";
                }

                if (!cursor.Key.SequenceEqual(key))
                {
                    return $"{name}: {Convert.ToHexString(cursor.Key)} instead of {Convert.ToHexString(key)}";
                }

                if (!cursor.Value.SequenceEqual(value))
                {
                    return $"{name}: another value for {Convert.ToHexString(key)}";
                }

                found = cursor.Next();
            }

            if (found)
            {
                return $"{name}: {Convert.ToHexString(cursor.Key)} beyond the end";
            }
        }

        return null;
    }
}
