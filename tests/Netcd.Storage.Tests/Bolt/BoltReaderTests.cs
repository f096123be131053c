using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

public sealed class BoltReaderTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("netcd-bolt-").FullName;

    private string DatabasePath => Path.Combine(directory, "db");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Many_threads_read_one_unchanging_state_each_while_the_writer_goes_on()
    {
        using BoltDatabase database = BoltDatabase.Open(
            PhysicalDisk.Instance, DatabasePath, new BoltOptions { GrowthStepBytes = 64 << 10 });
        Fill(database, 1);
        using BoltReadTransaction shared = database.BeginRead();
        int rounds = 0;
        bool isDone = false;
        Exception? failure = null;
        Thread[] readers = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            try
            {
                while (!Volatile.Read(ref isDone))
                {
                    using BoltReadTransaction read = database.BeginRead();
                    RequireUniform(read);
                    RequireUniform(shared);
                    Interlocked.Increment(ref rounds);
                }
            }
            catch (Exception broken)
            {
                failure = broken;
            }
        }))];
        foreach (Thread reader in readers)
        {
            reader.Start();
        }

        DateTime deadline = DateTime.UtcNow.AddSeconds(60);
        for (int fill = 0; fill < 120 || (Volatile.Read(ref rounds) < 30 && DateTime.UtcNow < deadline); fill++)
        {
            Fill(database, (byte)(2 + (fill % 200)));
        }

        Volatile.Write(ref isDone, true);
        foreach (Thread reader in readers)
        {
            reader.Join();
        }

        Assert.Null(failure);
        Assert.True(rounds >= 30, $"{rounds} rounds");
        Assert.True(
            shared.TryGetBucket("b"u8, out BoltBucket? bucket) && bucket.TryGet(Key(0), out ReadOnlySpan<byte> value) && value[0] == 1);
        using BoltReadTransaction last = database.BeginRead();
        Assert.True(last.Check().IsClean);
    }

    [Fact]
    public void Pages_are_reused_only_when_no_reader_of_an_older_state_is_left()
    {
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, DatabasePath);
        Fill(database, 1);
        Fill(database, 2);
        Fill(database, 3);
        long settled = Size(database);
        for (byte generation = 4; generation < 20; generation++)
        {
            Fill(database, generation);
        }

        Assert.Equal(settled, Size(database));
        BoltReadTransaction held = database.BeginRead();
        Fill(database, 20);
        Fill(database, 21);
        long withReader = Size(database);
        Assert.True(withReader > settled, "the reader's pages were reused");
        for (byte generation = 22; generation < 60; generation++)
        {
            Fill(database, generation);
        }

        // What was written and replaced since the reader began it cannot see: that is reused under it.
        Assert.True(Size(database) <= withReader + settled, $"{settled}, {withReader}, {Size(database)} bytes");
        RequireUniform(held);
        held.Dispose();
        Fill(database, 60);
        Assert.True(database.FreeBytes > settled / 4, $"{database.FreeBytes} free");
        Assert.Throws<ObjectDisposedException>(() => held.TryGetBucket("b"u8, out _));
    }

    [Fact]
    public void A_file_that_grows_keeps_the_views_that_older_readers_hold()
    {
        using BoltDatabase database = BoltDatabase.Open(
            PhysicalDisk.Instance, DatabasePath, new BoltOptions { GrowthStepBytes = 128 << 10 });
        List<BoltReadTransaction> held = [];
        byte[] big = new byte[100_000];
        for (int i = 0; i < 40; i++)
        {
            using (BoltWriteTransaction transaction = database.BeginWrite())
            {
                Array.Fill(big, (byte)i);
                transaction.CreateBucketIfNotExists("b"u8).Put(Key(i), big);
                transaction.Commit();
            }

            held.Add(database.BeginRead());
        }

        Assert.True(database.FileSize >= 4_000_000);
        for (int i = 0; i < held.Count; i++)
        {
            Assert.True(held[i].TryGetBucket("b"u8, out BoltBucket? bucket));
            Assert.True(bucket.TryGet(Key(i), out ReadOnlySpan<byte> value));
            Assert.Equal(100_000, value.Length);
            Assert.Equal(-1, value.IndexOfAnyExcept((byte)i));
            Assert.False(bucket.TryGet(Key(i + 1), out _));
            held[i].Dispose();
        }
    }

    [Fact]
    public void A_copy_is_a_database_that_holds_the_state_of_its_transaction()
    {
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, DatabasePath);
        Fill(database, 1);
        Fill(database, 2);
        using BoltReadTransaction read = database.BeginRead();
        Fill(database, 3);
        Fill(database, 4);
        string copyPath = Path.Combine(directory, "copy");
        using (FileStream copy = File.Create(copyPath))
        {
            read.CopyTo(copy);
            Assert.Equal(read.SizeBytes, copy.Length);
        }

        using BoltDatabase copied = BoltDatabase.Open(PhysicalDisk.Instance, copyPath);
        using BoltReadTransaction again = copied.BeginRead();
        Assert.Equal(read.TransactionId, again.TransactionId);
        RequireUniform(again);
        Assert.True(
            again.TryGetBucket("b"u8, out BoltBucket? bucket) && bucket.TryGet(Key(0), out ReadOnlySpan<byte> value) && value[0] == 2);
        Assert.True(again.Check().IsClean);
        using BoltWriteTransaction write = copied.BeginWrite();
        write.CreateBucketIfNotExists("c"u8).Sequence = 7;
        write.Commit();
    }

    [Fact]
    public void There_is_one_writer_and_a_rollback_leaves_no_trace()
    {
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, DatabasePath);
        Fill(database, 1);
        long size = Size(database);
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            Assert.Throws<InvalidOperationException>(database.BeginWrite);
            Assert.True(write.DeleteBucket("b"u8));
            Assert.False(write.TryGetBucket("b"u8, out _));
            write.CreateBucketIfNotExists("b"u8).Put("k"u8, "v"u8);
        }

        using BoltReadTransaction read = database.BeginRead();
        RequireUniform(read);
        Assert.Equal(size, Size(database));
        using BoltWriteTransaction next = database.BeginWrite();
        BoltBucket bucket = next.CreateBucketIfNotExists("s"u8);
        Assert.Same(bucket, next.CreateBucketIfNotExists("s"u8));
        bucket.Sequence = 42;
        BoltCursor cursor = bucket.Cursor();
        cursor.First();
        bucket.Put("k"u8, "v"u8);
        Assert.Throws<InvalidOperationException>(() => cursor.Next());
        Assert.Throws<ArgumentException>(() => bucket.Put([], "v"u8));
        next.Commit();
        Assert.Throws<ObjectDisposedException>(() => bucket.Put("k"u8, "v"u8));
        using BoltReadTransaction later = database.BeginRead();
        Assert.True(later.TryGetBucket("s"u8, out BoltBucket? stored) && stored.Sequence == 42);
        Assert.Throws<InvalidOperationException>(() => stored.Put("k"u8, "v"u8));
    }

    private static byte[] Key(int number) => [(byte)(number >> 8), (byte)number, .. "-a-key-of-17-byte"u8];

    private static void Fill(BoltDatabase database, byte generation)
    {
        byte[] value = new byte[200];
        Array.Fill(value, generation);
        using BoltWriteTransaction transaction = database.BeginWrite();
        BoltBucket bucket = transaction.CreateBucketIfNotExists("b"u8);
        for (int i = 0; i < 1000; i++)
        {
            bucket.Put(Key(i), value);
        }

        transaction.Commit();
    }

    private static void RequireUniform(BoltTransaction transaction)
    {
        Assert.True(transaction.TryGetBucket("b"u8, out BoltBucket? bucket));
        BoltCursor cursor = bucket.Cursor();
        int count = 0;
        byte generation = 0;
        for (bool found = cursor.First(); found; found = cursor.Next())
        {
            generation = count++ == 0 ? cursor.Value[0] : generation;
            if (cursor.Value.Length != 200 || cursor.Value.IndexOfAnyExcept(generation) >= 0)
            {
                Assert.Fail($"key {count} is of another state than {generation}");
            }
        }

        Assert.Equal(1000, count);
    }

    private static long Size(BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        return read.SizeBytes;
    }
}
