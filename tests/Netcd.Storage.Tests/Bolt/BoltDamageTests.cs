using System.Text;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>Whatever stands in a file, reading and writing it ends, with results or a <see cref="BoltFormatException"/>.</summary>
public sealed class BoltDamageTests
{
    private const int MaxSteps = 200_000;

    [Theory]
    [InlineData(1024, FreelistSync.OnClose)]
    [InlineData(1024, FreelistSync.EveryCommit)]
    [InlineData(4096, FreelistSync.OnClose)]
    public void A_file_with_rotten_bytes_gives_results_or_says_that_it_is_damaged(int pageSize, FreelistSync sync)
    {
        byte[] sound = SoundFile(pageSize, sync);
        int refused = 0;
        int reported = 0;
        for (int seed = 0; seed < 1500; seed++)
        {
            Random random = new(seed);
            byte[] bytes = [.. sound];
            Damage(bytes, random, pageSize);
            SimulatedDisk disk = DiskWith(random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                reported += Use(disk, pageSize, random) ? 0 : 1;
            }
            catch (BoltFormatException)
            {
                refused++;
            }
        }

        Assert.True(refused > 200, $"{refused} refused");
        Assert.True(reported > 20, $"{reported} reported by the check");
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            byte[] bytes = new byte[random.Next(1, 40_000)];
            random.NextBytes(bytes);
            Assert.Throws<BoltFormatException>(() => BoltDatabase.Open(DiskWith(bytes), "/db"));
        }
    }

    private static bool Use(SimulatedDisk disk, int pageSize, Random random)
    {
        using BoltDatabase database = BoltDatabase.Open(disk, "/db", new BoltOptions { PageSize = pageSize });
        using (BoltReadTransaction read = database.BeginRead())
        {
            bool isClean = read.Check().IsClean;
            if (!isClean && random.Next(2) == 0)
            {
                return false;
            }

            read.CopyTo(Stream.Null);
            foreach (byte[] name in read.BucketNames())
            {
                if (read.TryGetBucket(name, out BoltBucket? bucket))
                {
                    Walk(bucket);
                    Scan(bucket);
                }
            }
        }

        for (int i = 0; i < 3; i++)
        {
            using BoltWriteTransaction write = database.BeginWrite();
            foreach (byte[] name in write.BucketNames().Append("new"u8.ToArray()))
            {
                if (random.Next(6) == 0)
                {
                    write.DeleteBucket(name);
                    continue;
                }

                if (name.Length is 0 or > BoltBucket.MaxKeyBytes)
                {
                    continue;
                }

                BoltBucket bucket = write.CreateBucketIfNotExists(name);
                for (int j = 0; j < 20; j++)
                {
                    bucket.Put(Encoding.UTF8.GetBytes($"fresh-{random.Next(1000)}"), new byte[random.Next(300)]);
                    bucket.Delete(Encoding.UTF8.GetBytes($"key-{random.Next(300):D6}-"));
                }
            }

            write.Commit();
        }

        return true;
    }

    private static void Walk(BoltBucket bucket)
    {
        int steps = 0;
        long bytes = 0;
        BoltCursor cursor = bucket.Cursor();
        for (bool found = cursor.First(); found && steps++ < MaxSteps; found = cursor.Next())
        {
            bytes += cursor.Key.Length + cursor.Value.Length;
            bucket.TryGet(cursor.Key, out _);
        }

        steps = 0;
        for (bool found = cursor.Last(); found && steps++ < MaxSteps; found = cursor.Prev())
        {
            bytes -= cursor.Key.Length + cursor.Value.Length;
        }

        Assert.True(bytes < long.MaxValue);
    }

    private static void Scan(BoltBucket bucket)
    {
        long bytes = 0;
        using BoltScan scan = bucket.Scan();
        while (scan.Next())
        {
            bytes += scan.Key.Length + scan.Value.Length;
        }

        Assert.True(bytes < long.MaxValue);
    }

    private static void Damage(byte[] bytes, Random random, int pageSize)
    {
        int count = random.Next(1, 6);
        for (int i = 0; i < count; i++)
        {
            // Half of it where the structure is: headers and elements at the start of pages.
            int page = random.Next(2, bytes.Length / pageSize) * pageSize;
            int at = random.Next(4) switch
            {
                0 => random.Next(bytes.Length),
                1 => page + random.Next(16),
                _ => page + random.Next(120),
            };
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.AsSpan(at / 512 * 512, 512).Clear();
                    break;
                case 2:
                    int from = random.Next(2, bytes.Length / pageSize) * pageSize;
                    bytes.AsSpan(from, pageSize).ToArray().CopyTo(bytes, page);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
    }

    private static byte[] SoundFile(int pageSize, FreelistSync sync)
    {
        SimulatedDisk disk = new();
        using (BoltDatabase database = BoltDatabase.Open(disk, "/db", new BoltOptions { PageSize = pageSize, FreelistSync = sync }))
        {
            BoltWorkload workload = new(5);
            BoltModel model = new();
            for (int i = 0; i < 30; i++)
            {
                using BoltWriteTransaction transaction = database.BeginWrite();
                workload.Apply(transaction, model, 40);
                transaction.Commit();
            }
        }

        using IDiskFile file = disk.Open("/db", DiskOpenMode.ReadOnly);
        byte[] bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.ReadAt(0, bytes));
        return bytes;
    }

    private static SimulatedDisk DiskWith(byte[] bytes)
    {
        SimulatedDisk disk = new();
        using IDiskFile file = disk.Open("/db", DiskOpenMode.CreateNew);
        file.WriteAt(0, bytes);
        return disk;
    }
}
