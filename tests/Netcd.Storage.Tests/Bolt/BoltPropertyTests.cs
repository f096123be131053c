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
