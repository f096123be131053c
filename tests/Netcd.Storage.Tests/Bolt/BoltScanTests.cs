using System.Globalization;
using System.Text;
using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>A scan shows what a cursor shows, whatever the pages look like and wherever they stand.</summary>
public sealed class BoltScanTests
{
    [Theory]
    [InlineData(1024, 40)]
    [InlineData(4096, 300)]
    [InlineData(4096, 30_000)]
    public void A_scan_of_a_churned_bucket_shows_what_a_cursor_does(int pageSize, int maxValueBytes)
    {
        Random random = new(pageSize + maxValueBytes);
        using BoltDatabase database = BoltDatabase.Open(new SimulatedDisk(), "/db", new BoltOptions { PageSize = pageSize });
        for (int commit = 0; commit < 40; commit++)
        {
            Churn(database, random, maxValueBytes);
            using BoltReadTransaction read = database.BeginRead();
            Assert.True(read.TryGetBucket("b"u8, out BoltBucket? bucket));
            Assert.Equal(ByCursor(bucket), ByScan(bucket));
        }
    }

    [Fact]
    public void A_scan_of_an_empty_bucket_ends_at_once_and_stays_there()
    {
        using BoltDatabase database = BoltDatabase.Open(new SimulatedDisk(), "/db");
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            write.CreateBucketIfNotExists("b"u8);
            write.Commit();
        }

        using BoltReadTransaction read = database.BeginRead();
        Assert.True(read.TryGetBucket("b"u8, out BoltBucket? bucket));
        using BoltScan scan = bucket.Scan();
        Assert.False(scan.Next());
        Assert.False(scan.Next());
    }

    [Fact]
    public void Where_there_is_no_key_or_no_scan_any_more_nothing_is_read()
    {
        using BoltDatabase database = BoltDatabase.Open(new SimulatedDisk(), "/db");
        Churn(database, new Random(1), 40);
        using BoltReadTransaction read = database.BeginRead();
        Assert.True(read.TryGetBucket("b"u8, out BoltBucket? bucket));
        BoltScan scan = bucket.Scan();
        Assert.Throws<InvalidOperationException>(() => scan.Key.Length);
        while (scan.Next())
        {
            Assert.Equal(5, scan.Key.Length);
        }

        Assert.Throws<InvalidOperationException>(() => scan.Value.Length);
        scan.Dispose();
        Assert.Throws<ObjectDisposedException>(() => scan.Key.Length);
        Assert.Throws<ObjectDisposedException>(() => scan.Next());
        using BoltScan late = bucket.Scan();
        Assert.True(late.Next());
        read.Dispose();
        Assert.Throws<ObjectDisposedException>(() => late.Key.Length);
    }

    [Fact]
    public void What_a_write_transaction_has_changed_is_not_scanned()
    {
        using BoltDatabase database = BoltDatabase.Open(new SimulatedDisk(), "/db");
        using BoltWriteTransaction write = database.BeginWrite();
        BoltBucket bucket = write.CreateBucketIfNotExists("b"u8);
        Assert.Throws<InvalidOperationException>(bucket.Scan);
    }

    private static void Churn(BoltDatabase database, Random random, int maxValueBytes)
    {
        using BoltWriteTransaction write = database.BeginWrite();
        BoltBucket bucket = write.CreateBucketIfNotExists("b"u8);
        for (int i = 0; i < 60; i++)
        {
            byte[] key = Encoding.UTF8.GetBytes(random.Next(2_000).ToString("d5", CultureInfo.InvariantCulture));
            if (random.Next(4) == 0)
            {
                bucket.Delete(key);
                continue;
            }

            byte[] value = new byte[random.Next(20) == 0 ? random.Next(maxValueBytes) : random.Next(40)];
            random.NextBytes(value);
            bucket.Put(key, value);
        }

        write.Commit();
    }

    private static List<string> ByCursor(BoltBucket bucket)
    {
        List<string> all = [];
        BoltCursor cursor = bucket.Cursor();
        for (bool found = cursor.First(); found; found = cursor.Next())
        {
            all.Add(Convert.ToHexString(cursor.Key) + "=" + Convert.ToHexString(cursor.Value));
        }

        return all;
    }

    private static List<string> ByScan(BoltBucket bucket)
    {
        List<string> all = [];
        using BoltScan scan = bucket.Scan();
        while (scan.Next())
        {
            all.Add(Convert.ToHexString(scan.Key) + "=" + Convert.ToHexString(scan.Value));
        }

        return all;
    }
}
