using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

public sealed class BoltFailureTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_commit_that_failed_on_the_disk_no_write_is_taken_and_reads_go_on(bool failsOnFlush)
    {
        for (int nth = 0; nth < 2; nth++)
        {
            SimulatedDisk disk = new();
            using (BoltDatabase database = BoltDatabase.Open(disk, "/db"))
            {
                Put(database, 0, 10);
                if (failsOnFlush)
                {
                    disk.FailFlushAfter(nth);
                }
                else
                {
                    disk.FailWriteAfter(nth);
                }

                IOException failure = Assert.Throws<IOException>(() => Put(database, 1, 3000));
                Assert.Same(failure, Assert.Throws<InvalidOperationException>(database.BeginWrite).InnerException);
                Assert.False(database.TakesWrites);
                Assert.Equal(10, ValueLength(database, 0));
                Assert.Equal(-1, ValueLength(database, 1));
            }

            // Whatever the medium kept: the first is whole, the second all or nothing.
            for (ulong seed = 0; seed < 50; seed++)
            {
                using BoltDatabase again = BoltDatabase.Open(disk.Crash(new() { Seed = seed }), "/db");
                Assert.Equal(10, ValueLength(again, 0));
                Assert.Contains(ValueLength(again, 1), new[] { -1, 3000 });
                using BoltReadTransaction read = again.BeginRead();
                Assert.True(read.Check().IsClean);
            }
        }
    }

    [Fact]
    public void A_full_disk_refuses_the_transaction_and_loses_nothing()
    {
        SimulatedDisk disk = new() { CapacityBytes = 200_000 };
        using BoltDatabase database = BoltDatabase.Open(disk, "/db");
        int stored = 0;
        IOException? full = null;
        while (full is null)
        {
            try
            {
                Put(database, stored, 5000);
                stored++;
            }
            catch (IOException failure)
            {
                full = failure;
            }
        }

        Assert.True(DiskErrors.IsDiskFull(full));
        Assert.True(stored > 15, $"{stored} stored");
        for (int i = 0; i < stored; i++)
        {
            Assert.Equal(5000, ValueLength(database, i));
        }

        using (BoltReadTransaction read = database.BeginRead())
        {
            Assert.True(read.Check().IsClean);
        }

        // Nothing was written: with room again it goes on.
        disk.CapacityBytes = null;
        Put(database, stored, 5000);
        Assert.Equal(5000, ValueLength(database, stored));
        using BoltReadTransaction later = database.BeginRead();
        Assert.True(later.Check().IsClean);
    }

    /// <summary>A file from elsewhere may have length without room: etcd makes its file longer and lets the disk find room as it is
    /// written.</summary>
    [Fact]
    public void A_full_disk_met_by_pages_within_the_file_refuses_the_transaction_and_loses_nothing()
    {
        SimulatedDisk disk = new();
        using (BoltDatabase first = BoltDatabase.Open(disk, "/db"))
        {
            Put(first, 0, 10);
        }

        using (IDiskFile file = disk.Open("/db", DiskOpenMode.Existing))
        {
            file.SetLength(4 << 20);
            file.Flush();
        }

        using (BoltDatabase database = BoltDatabase.Open(disk, "/db"))
        {
            disk.CapacityBytes = disk.AllocatedBytes + 6000;
            for (int tries = 0; tries < 3; tries++)
            {
                Assert.True(DiskErrors.IsDiskFull(Assert.ThrowsAny<IOException>(() => Put(database, 1, 200_000))));
                Assert.True(database.TakesWrites);
                Assert.Equal(10, ValueLength(database, 0));
                Assert.Equal(-1, ValueLength(database, 1));
            }

            disk.CapacityBytes = null;
            Put(database, 1, 200_000);
            using BoltReadTransaction read = database.BeginRead();
            Assert.True(read.Check().IsClean);
        }

        using BoltDatabase again = BoltDatabase.Open(disk.Crash(new() { Seed = 1 }), "/db");
        Assert.Equal(200_000, ValueLength(again, 1));
    }

    [Fact]
    public void A_file_cut_short_is_refused_by_name()
    {
        SimulatedDisk disk = new();
        using (BoltDatabase database = BoltDatabase.Open(disk, "/db"))
        {
            Put(database, 0, 100_000);
        }

        using IDiskFile file = disk.Open("/db", DiskOpenMode.Existing);
        file.SetLength(60_000);
        BoltFormatException damage = Assert.Throws<BoltFormatException>(() => BoltDatabase.Open(disk, "/db"));
        Assert.Contains("/db", damage.Message, StringComparison.Ordinal);
        Assert.Contains("truncated", damage.Message, StringComparison.Ordinal);
        Assert.Equal("/db", damage.Path);
    }

    [Theory]
    [InlineData(0, "magic")]
    [InlineData(4, "version")]
    [InlineData(40, "checksum")]
    public void Metas_that_are_both_damaged_are_refused_and_one_is_not_missed(int offset, string complaint)
    {
        SimulatedDisk disk = new();
        using (BoltDatabase database = BoltDatabase.Open(disk, "/db"))
        {
            Put(database, 0, 10);
            Put(database, 1, 10);
        }

        disk.FlipBits("/db", 16 + offset, 1);
        using (BoltDatabase.Open(disk.Crash(new() { Fate = UnflushedFate.Kept }), "/db", new BoltOptions { ReadOnly = true }))
        {
        }

        disk.FlipBits("/db", 4096 + 16 + offset, 1);
        Assert.Contains(
            complaint, Assert.Throws<BoltFormatException>(() => BoltDatabase.Open(disk, "/db")).Message, StringComparison.Ordinal);
        // The file is not held by the failure.
        using IDiskFile file = disk.Open("/db", DiskOpenMode.OpenOrCreateLocked);
    }

    [Fact]
    public void A_database_open_elsewhere_is_refused()
    {
        SimulatedDisk disk = new();
        using BoltDatabase database = BoltDatabase.Open(disk, "/db");
        Assert.Throws<DiskLockedException>(() => BoltDatabase.Open(disk, "/db"));
        using BoltDatabase reader = BoltDatabase.Open(disk, "/db", new BoltOptions { ReadOnly = true });
        Assert.Throws<InvalidOperationException>(reader.BeginWrite);
    }

    private static void Put(BoltDatabase database, int key, int length)
    {
        using BoltWriteTransaction transaction = database.BeginWrite();
        transaction.CreateBucketIfNotExists("b"u8).Put(BitConverter.GetBytes(key), new byte[length]);
        transaction.Commit();
    }

    private static int ValueLength(BoltDatabase database, int key)
    {
        using BoltReadTransaction transaction = database.BeginRead();
        return transaction.TryGetBucket("b"u8, out BoltBucket? bucket)
            && bucket.TryGet(BitConverter.GetBytes(key), out ReadOnlySpan<byte> value)
            ? value.Length
            : -1;
    }
}
