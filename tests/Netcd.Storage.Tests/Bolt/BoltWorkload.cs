using System.Text;
using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>Random changes, the same to a database and to its model, by seed.</summary>
internal sealed class BoltWorkload(int seed, int keySpace = 300, int bucketCount = 4, int largest = 12_000)
{
    private readonly Random random = new(seed);

    public Random Random => random;

    public void Apply(BoltWriteTransaction transaction, BoltModel model, int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            string name = "bucket-" + random.Next(bucketCount);
            byte[] nameBytes = Encoding.UTF8.GetBytes(name);
            if (random.Next(400) == 0)
            {
                Assert.Equal(model.BucketNames.Contains(name), transaction.DeleteBucket(nameBytes));
                model.DeleteBucket(name);
                continue;
            }

            BoltBucket bucket = transaction.CreateBucketIfNotExists(nameBytes);
            SortedDictionary<byte[], byte[]> map = model[name];
            if (random.Next(10) == 0)
            {
                bucket.FillPercent = random.Next(2) == 0 ? 0.5 : 0.9;
            }

            byte[] key = Key();
            switch (random.Next(10))
            {
                case < 6:
                    byte[] value = Value();
                    bucket.Put(key, value);
                    map[key] = value;
                    break;
                case < 8:
                    Assert.Equal(map.Remove(key), bucket.Delete(key));
                    break;
                case 8 when random.Next(20) == 0:
                    // A range, so that pages empty and merge.
                    byte[][] doomed = [.. map.Keys.SkipWhile(k => BoltModel.ByteOrder.Compare(k, key) < 0).Take(random.Next(120))];
                    foreach (byte[] each in doomed)
                    {
                        Assert.True(bucket.Delete(each));
                        map.Remove(each);
                    }

                    break;
                default:
                    Assert.Equal(map.TryGetValue(key, out byte[]? known), bucket.TryGet(key, out ReadOnlySpan<byte> found));
                    Assert.True(known is null || found.SequenceEqual(known));
                    break;
            }
        }
    }

    private byte[] Key()
    {
        int number = random.Next(keySpace);
        return Encoding.UTF8.GetBytes(number % 7 == 0 ? $"{number}" : $"key-{number:D6}-{new string('x', number % 40)}");
    }

    private byte[] Value()
    {
        byte[] value = new byte[random.Next(20) switch
        {
            0 => random.Next(largest),
            1 => 0,
            _ => random.Next(200),
        }];
        random.NextBytes(value);
        return value;
    }
}
