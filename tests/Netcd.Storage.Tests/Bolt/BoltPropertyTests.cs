using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

public sealed class BoltPropertyTests
{
    [Theory]
    [InlineData(1, 1024, FreelistSync.OnClose)]
    [InlineData(2, 4096, FreelistSync.OnClose)]
    [InlineData(3, 4096, FreelistSync.EveryCommit)]
    [InlineData(4, 1024, FreelistSync.EveryCommit)]
    [InlineData(5, 16384, FreelistSync.OnClose)]
    [InlineData(6, 1024, FreelistSync.OnClose)]
    public void It_holds_what_a_sorted_map_would_over_commits_rollbacks_and_reopening(int seed, int pageSize, FreelistSync sync)
    {
        SimulatedDisk disk = new(keepLog: false);
        BoltOptions options = new() { PageSize = pageSize, FreelistSync = sync };
        BoltWorkload workload = new(seed, keySpace: seed % 2 == 0 ? 300 : 4000);
        BoltModel committed = new();
        BoltDatabase database = BoltDatabase.Open(disk, "/db", options);
        for (int round = 0; round < 200; round++)
        {
            BoltModel next = committed.Clone();
            using (BoltWriteTransaction transaction = database.BeginWrite())
            {
                workload.Apply(transaction, next, workload.Random.Next(1, 200));
                Assert.Null(next.DifferenceTo(transaction));
                if (workload.Random.Next(6) > 0)
                {
                    transaction.Commit();
                    committed = next;
                }
            }

            if (workload.Random.Next(12) == 0)
            {
                database.Dispose();
                database = BoltDatabase.Open(disk, "/db", options);
            }

            using BoltReadTransaction read = database.BeginRead();
            Assert.Null(committed.DifferenceTo(read));
            BoltCheckReport report = read.Check();
            Assert.True(report.IsClean, $"round {round}: {report}");
            Assert.True(report.FreePagesChecked);
            Assert.Equal(report.FreePages * pageSize, read.FreeBytes);
        }

        database.Dispose();
    }

    [Theory]
    [InlineData(21, 1024, FreelistSync.OnClose)]
    [InlineData(22, 4096, FreelistSync.OnClose)]
    [InlineData(23, 4096, FreelistSync.EveryCommit)]
    [InlineData(24, 1024, FreelistSync.EveryCommit)]
    [InlineData(25, 1024, FreelistSync.OnClose)]
    [InlineData(26, 16384, FreelistSync.OnClose)]
    public void It_holds_the_same_while_it_is_defragmented_around_readers_who_stay(int seed, int pageSize, FreelistSync sync)
    {
        SimulatedDisk disk = new(keepLog: false);
        BoltOptions options = new() { PageSize = pageSize, FreelistSync = sync, GrowthStepBytes = 4 * pageSize };
        BoltWorkload workload = new(seed, keySpace: seed % 2 == 0 ? 500 : 5000);
        using DefragmentedWorkload steps = new(seed);
        BoltModel model = new();
        BoltDatabase database = BoltDatabase.Open(disk, "/db", options);
        for (int round = 0; round < 250; round++)
        {
            BoltModel next = model.Clone();
            using (BoltWriteTransaction transaction = database.BeginWrite())
            {
                // Now it grows, now it shrinks.
                workload.Apply(transaction, next, workload.Random.Next(1, 300));
                if (round % 40 > 25)
                {
                    Thin(transaction, next, workload.Random);
                }

                if (workload.Random.Next(6) > 0)
                {
                    transaction.Commit();
                    model = next;
                }
            }

            IDisposable open = steps.Between(database, model);
            if (workload.Random.Next(20) == 0)
            {
                open.Dispose();
                database.Dispose();
                database = BoltDatabase.Open(disk, "/db", options);
            }
        }

        steps.Dispose();
        database.Dispose();
        Assert.True(steps.Finished > 10, $"{steps.Finished} were done");
    }

    private static void Thin(BoltWriteTransaction transaction, BoltModel model, Random random)
    {
        foreach (string name in model.BucketNames)
        {
            BoltBucket bucket = transaction.CreateBucketIfNotExists(System.Text.Encoding.UTF8.GetBytes(name));
            foreach (byte[] key in model[name].Keys.Where(_ => random.Next(4) == 0).ToArray())
            {
                Assert.True(bucket.Delete(key));
                model[name].Remove(key);
            }
        }
    }

    [Fact]
    public void Cursors_go_both_ways_and_seek_like_a_sorted_list()
    {
        SimulatedDisk disk = new(keepLog: false);
        using BoltDatabase database = BoltDatabase.Open(disk, "/db", new BoltOptions { PageSize = 1024 });
        BoltWorkload workload = new(11, keySpace: 2000, bucketCount: 1);
        BoltModel model = new();
        using (BoltWriteTransaction transaction = database.BeginWrite())
        {
            workload.Apply(transaction, model, 3000);
            transaction.Commit();
        }

        // Once on pages alone, once with nodes that a writer changed among them.
        using BoltReadTransaction read = database.BeginRead();
        CheckCursor(read, model, workload.Random);
        using BoltWriteTransaction write = database.BeginWrite();
        workload.Apply(write, model, 150);
        CheckCursor(write, model, workload.Random);
    }

    private static void CheckCursor(BoltTransaction transaction, BoltModel model, Random random)
    {
        Assert.True(transaction.TryGetBucket("bucket-0"u8, out BoltBucket? bucket));
        byte[][] keys = [.. model["bucket-0"].Keys];
        BoltCursor cursor = bucket.Cursor();
        int at = keys.Length;
        for (bool found = cursor.Last(); found; found = cursor.Prev())
        {
            Assert.Equal(keys[--at], cursor.Key.ToArray());
        }

        Assert.Equal(0, at);
        for (int i = 0; i < 2000; i++)
        {
            byte[] wanted = [.. keys[random.Next(keys.Length)]];
            wanted[random.Next(wanted.Length)] += (byte)random.Next(3);
            int expected = Array.FindIndex(keys, k => BoltModel.ByteOrder.Compare(k, wanted) >= 0);
            Assert.Equal(expected >= 0, cursor.Seek(wanted));
            if (expected < 0)
            {
                Assert.Throws<InvalidOperationException>(() => cursor.Key.Length);
                continue;
            }

            Assert.Equal(keys[expected], cursor.Key.ToArray());
            if (expected > 0 && random.Next(2) == 0)
            {
                Assert.True(cursor.Prev());
                Assert.Equal(keys[expected - 1], cursor.Key.ToArray());
            }
            else
            {
                Assert.Equal(expected + 1 < keys.Length, cursor.Next());
            }
        }
    }
}
