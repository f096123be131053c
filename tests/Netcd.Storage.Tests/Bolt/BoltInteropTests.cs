using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

public sealed class BoltInteropTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_file_that_etcd_wrote_is_read_to_the_last_byte_and_etcd_goes_on_with_what_netcd_makes_of_it()
    {
        string data = folder.At("data");
        string database = Path.Combine(data, "member", "snap", "db");
        await using (EtcdProcess etcd = await EtcdProcess.StartAsync(data, "--log-level", "error"))
        {
            // Side by side, so that etcd flushes for many at once.
            await Parallel.ForAsync(0, 4000, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            {
                Random random = new(i);
                byte[] value = new byte[random.Next(50) == 0 ? random.Next(20_000) : random.Next(300)];
                random.NextBytes(value);
                await etcd.PutAsync($"key-{random.Next(1500)}", value);
                if (i % 9 == 0)
                {
                    await etcd.DeleteAsync($"key-{random.Next(1500)}");
                }
            });

            await etcd.CompactAsync(1200);
            await etcd.PutAsync("last", "of all"u8.ToArray());
            await etcd.StopAsync();
        }

        Status original = await Status.OfAsync(database);
        using (BoltDatabase bolt = BoltDatabase.Open(PhysicalDisk.Instance, database))
        {
            using (BoltReadTransaction read = bolt.BeginRead())
            {
                BoltCheckReport report = read.Check();
                Assert.True(report.IsClean, report.ToString());
                Assert.True(report.FreePagesChecked);
                Assert.Equal(original.TotalKey, report.Keys);
                Assert.Equal(original.TotalSize, read.SizeBytes);
                Assert.Equal(original.Hash, HashOf(read));
                Assert.True(report.Keys > 2000, $"{report.Keys} keys");
            }

            // Changes all over, so that every page is written anew by netcd.
            Rewrite(bolt);
            string copy = folder.At("copy");
            using (BoltReadTransaction read = bolt.BeginRead())
            using (FileStream file = File.Create(copy))
            {
                Assert.Equal(original.Hash, HashOf(read));
                read.CopyTo(file);
            }

            // The copy names no list of free pages: etcd's check finds them itself.
            Assert.Equal(original.Hash, (await Status.OfAsync(copy)).Hash);
        }

        Assert.Equal(original.Hash, (await Status.OfAsync(database)).Hash);
        await using (EtcdProcess again = await EtcdProcess.StartAsync(data, "--log-level", "error"))
        {
            Assert.Equal("of all"u8.ToArray(), await again.GetAsync("last"));
            await again.PutAsync("more", "to come"u8.ToArray());
            await again.StopAsync();
        }

        using BoltDatabase after = BoltDatabase.Open(PhysicalDisk.Instance, database, new BoltOptions { ReadOnly = true });
        using BoltReadTransaction final = after.BeginRead();
        Assert.True(final.Check().IsClean);
        Assert.Equal((await Status.OfAsync(database)).Hash, HashOf(final));
    }

    [Theory]
    [InlineData(FreelistSync.OnClose)]
    [InlineData(FreelistSync.EveryCommit)]
    public async Task A_snapshot_that_netcd_makes_is_accepted_and_restored_by_etcdutl_and_served_by_etcd(FreelistSync sync)
    {
        const int Records = 5000;
        string snapshot = folder.At("snapshot.db");
        using (BoltDatabase bolt = BoltDatabase.Open(PhysicalDisk.Instance, folder.At("db"), new BoltOptions { FreelistSync = sync }))
        {
            for (int batch = 0; batch < 10; batch++)
            {
                using BoltWriteTransaction write = bolt.BeginWrite();
                BoltBucket records = write.CreateBucketIfNotExists("key"u8);
                records.FillPercent = 0.9;
                for (int i = batch * Records / 10; i < (batch + 1) * Records / 10; i++)
                {
                    long revision = i + 2;
                    records.Put(EtcdRecord.Key(revision, 0), EtcdRecord.Value($"k{i}", new byte[i % 500], revision, revision, 1));
                }

                byte[] index = new byte[8];
                BinaryPrimitives.WriteInt64BigEndian(index, batch + 1);
                BoltBucket meta = write.CreateBucketIfNotExists("meta"u8);
                meta.Put("consistent_index"u8, index);
                meta.Put("term"u8, index);
                foreach (string name in (string[])["lease", "auth", "authRoles",
                    "authUsers", "members", "members_removed", "cluster", "alarm"])
                {
                    write.CreateBucketIfNotExists(Encoding.UTF8.GetBytes(name));
                }

                write.Commit();
            }

            using BoltReadTransaction read = bolt.BeginRead();
            using MemoryStream image = new();
            read.CopyTo(image);
            Assert.Equal(image.ToArray(), InPieces(read));
            File.WriteAllBytes(snapshot, [.. image.ToArray(), .. SHA256.HashData(image.ToArray())]);
            Status status = await Status.OfAsync(snapshot);
            Assert.Equal(Records + 2, status.TotalKey);
            Assert.Equal(Records + 1, status.Revision);
            Assert.Equal(read.SizeBytes, status.TotalSize);
            Assert.Equal(HashOf(read), status.Hash);
        }

        string restored = folder.At("restored");
        await EtcdutlAsync(
            "snapshot", "restore", snapshot, "--data-dir", restored, "--name", "original",
            "--initial-cluster", "original=http://127.0.0.1:1", "--initial-advertise-peer-urls", "http://127.0.0.1:1");
        await using EtcdProcess etcd = await EtcdProcess.StartAsync(restored, "--log-level", "error");
        Assert.Equal((ulong)Records, await etcd.CountAsync());
        Assert.Equal(new byte[99], await etcd.GetAsync("k4599"));
        await etcd.PutAsync("more", []);
        await etcd.StopAsync();
        using BoltDatabase after = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(restored, "member", "snap", "db"));
        using BoltReadTransaction final = after.BeginRead();
        Assert.True(final.Check().IsClean);
    }

    private static void Rewrite(BoltDatabase bolt)
    {
        for (int round = 0; round < 3; round++)
        {
            using BoltWriteTransaction write = bolt.BeginWrite();
            foreach (byte[] name in write.BucketNames())
            {
                Assert.True(write.TryGetBucket(name, out BoltBucket? bucket));
                List<(byte[] Key, byte[] Value)> all = [];
                BoltCursor cursor = bucket.Cursor();
                for (bool found = cursor.First(); found; found = cursor.Next())
                {
                    all.Add((cursor.Key.ToArray(), cursor.Value.ToArray()));
                }

                foreach ((byte[] key, _) in all.Where((_, i) => i % (round + 2) == 0))
                {
                    Assert.True(bucket.Delete(key));
                }

                foreach ((byte[] key, byte[] value) in all)
                {
                    bucket.Put(key, value);
                }
            }

            write.Commit();
        }
    }

    /// <summary>The same file, read in pieces that fit no page.</summary>
    private static byte[] InPieces(BoltReadTransaction read)
    {
        List<byte> image = [];
        byte[] piece = new byte[5_003];
        for (int count = piece.Length; count == piece.Length;)
        {
            count = read.ReadImage(image.Count, piece);
            image.AddRange(piece.AsSpan(0, count));
        }

        return [.. image];
    }

    /// <summary>What `etcdutl snapshot status` computes: CRC-32C over the names, keys and values of all buckets.</summary>
    private static uint HashOf(BoltTransaction transaction)
    {
        uint crc = uint.MaxValue;
        foreach (byte[] name in transaction.BucketNames())
        {
            crc = Update(crc, name);
            Assert.True(transaction.TryGetBucket(name, out BoltBucket? bucket));
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                crc = Update(Update(crc, cursor.Key), cursor.Value);
            }
        }

        return ~crc;
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    private static async Task<string> EtcdutlAsync(params string[] arguments) =>
        (await Command.RunAsync(await EtcdPrograms.EtcdutlAsync(), arguments)).Succeeded();

    /// <summary>The original's view of a file: it also runs bbolt's own consistency check.</summary>
    private sealed record Status(uint Hash, long Revision, long TotalKey, long TotalSize)
    {
        public static async Task<Status> OfAsync(string path)
        {
            JsonElement answer = JsonDocument.Parse(await EtcdutlAsync("snapshot", "status", path, "-w", "json")).RootElement;
            return new Status(
                answer.GetProperty("hash").GetUInt32(),
                answer.GetProperty("revision").GetInt64(),
                answer.GetProperty("totalKey").GetInt64(),
                answer.GetProperty("totalSize").GetInt64());
        }
    }
}
