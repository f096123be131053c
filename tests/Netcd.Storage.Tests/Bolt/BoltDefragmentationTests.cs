using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>The file becomes small in steps that are commits, whatever else goes on.</summary>
public sealed class BoltDefragmentationTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("netcd-defrag-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData(300, 10)]
    [InlineData(300, 2)]
    [InlineData(20, 3)]
    [InlineData(9_000, 4)]
    public void A_file_that_lost_most_of_its_records_is_nearly_as_small_as_one_that_never_had_them(int valueBytes, int keptOneIn)
    {
        int records = Math.Min(40_000, 24_000_000 / (valueBytes + 60));
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory, "db"), Options);
        using BoltDatabase fresh = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory, "fresh"), Options);
        Put(database, records, static _ => true, valueBytes);
        Put(fresh, records, i => i % keptOneIn == 0, valueBytes);
        Delete(database, records, i => i % keptOneIn != 0);
        long before = database.FileSize;
        Run(database);
        RequireSame(fresh, database);
        using BoltReadTransaction read = database.BeginRead();
        using BoltReadTransaction compared = fresh.BeginRead();
        Assert.True(read.Check() is { IsClean: true }, read.Check().ToString());
        Assert.True(database.FileSize < before * 2 / 3, $"{before} bytes before, {database.FileSize} behind");
        long wanted = compared.SizeBytes - compared.FreeBytes;
        Assert.True(read.SizeBytes <= (wanted * 6 / 5) + (200 * 4096), $"{read.SizeBytes} bytes for what takes {wanted}");
    }

    [Fact]
    public void A_step_writes_no_more_than_it_may()
    {
        SimulatedDisk disk = new(keepLog: false);
        long written = 0;
        using BoltDatabase database = BoltDatabase.Open(disk, "/db", Options);
        Put(database, 30_000, static _ => true, 300);
        Delete(database, 30_000, static i => i % 3 != 0);
        disk.Fault = operation =>
        {
            written += operation.Kind == SimulatedDiskOperationKind.Write ? operation.Data.Length : 0;
            return null;
        };
        BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions { PagesPerStep = 64 });
        long largest = 0;
        int commits = 0;
        for (BoltDefragmentationStep step = run.Step(); step != BoltDefragmentationStep.Done; step = run.Step())
        {
            Assert.NotEqual(BoltDefragmentationStep.Waits, step);
            largest = Math.Max(largest, written);
            written = 0;
            commits++;
        }

        Assert.True(commits > 20, $"{commits} commits");
        Assert.True(largest <= 64 * 4096, $"{largest} bytes in one commit");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_commit_shortens_the_file_by_a_step_at_the_most_and_the_end_finds_it_as_short_as_without_steps(int megabytes)
    {
        long step = (long)megabytes << 20;
        BoltOptions growth = Options with { GrowthStepBytes = 1 << 20 };
        long[] ends = new long[2];
        for (int at = 0; at < ends.Length; at++)
        {
            BoltOptions options = at == 0 ? growth : growth with { ShorteningStepBytes = step };
            using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory, $"db-{at}"), options);
            Put(database, 40_000, static _ => true, 300);
            Delete(database, 40_000, static i => i % 8 != 0);
            long largest = 0, before = database.FileSize;
            BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions());
            while (run.Step() != BoltDefragmentationStep.Done)
            {
                largest = Math.Max(largest, before - database.FileSize);
                before = database.FileSize;
            }

            Assert.True(at == 0 ? largest > step : largest <= step, $"shortened by {largest} bytes at once");
            ends[at] = database.FileSize;
        }

        Assert.Equal(ends[0], ends[1]);
    }

    [Fact]
    public void A_reader_of_an_older_state_keeps_the_file_long_and_reads_on_and_the_commits_behind_it_shorten_the_file()
    {
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory, "db"), Options);
        Put(database, 30_000, static _ => true, 300);
        Delete(database, 30_000, static i => i % 4 != 0);
        long before = database.FileSize;
        BoltReadTransaction held = database.BeginRead();
        int waits = 0;
        BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions());
        for (BoltDefragmentationStep step = run.Step(); step != BoltDefragmentationStep.Done && waits < 3; step = run.Step())
        {
            waits += step == BoltDefragmentationStep.Waits ? 1 : 0;
        }

        run.End();

        Assert.Equal(before, database.FileSize);
        // Every byte of its image, free pages included: a mapping that is touched beyond the file's end would end the process.
        using (MemoryStream copy = new())
        {
            held.CopyTo(copy);
            Assert.Equal(held.SizeBytes, copy.Length);
        }

        Assert.Equal(7_500, Count(held));
        held.Dispose();
        for (int i = 0; i < 3; i++)
        {
            Put(database, 1, static _ => true, 10);
        }

        Assert.True(database.FileSize < before / 2, $"{before} bytes before, {database.FileSize} behind");
        using BoltReadTransaction read = database.BeginRead();
        Assert.True(read.Check().IsClean);
    }

    [Fact]
    public void A_file_that_was_shortened_grows_again()
    {
        string path = Path.Combine(directory, "db");
        using (BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, path, Options))
        {
            Put(database, 20_000, static _ => true, 300);
            Delete(database, 20_000, static i => i % 10 != 0);
            Run(database);
            long small = database.FileSize;
            Put(database, 40_000, static _ => true, 300);
            Assert.True(database.FileSize > 2 * small);
            using BoltReadTransaction read = database.BeginRead();
            Assert.Equal(40_000, Count(read));
            Assert.True(read.Check().IsClean);
        }

        using BoltDatabase again = BoltDatabase.Open(PhysicalDisk.Instance, path, Options);
        using BoltReadTransaction later = again.BeginRead();
        Assert.Equal(40_000, Count(later));
        Assert.True(later.Check().IsClean);
    }

    /// <summary>A mapping anew costs every reader its pages again, and whoever lets go of the last one a pause that grows with the file.
    /// </summary>
    [Fact]
    public void A_file_that_grows_and_is_shortened_stays_mapped_where_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a mapping ends where the file does");
        string path = Path.Combine(directory, "db");
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, path, Options);
        string mapped = Assert.Single(MappingsOf(path));
        using (database.BeginRead())
        {
            // Whoever reads keeps the mapping that it began with.
            Put(database, 20_000, static _ => true, 300);
            Assert.Equal(mapped, Assert.Single(MappingsOf(path)));
        }

        long grown = database.FileSize;
        Delete(database, 20_000, static i => i % 10 != 0);
        BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions());
        while (run.Step() != BoltDefragmentationStep.Done)
        {
            Assert.Equal(mapped, Assert.Single(MappingsOf(path)));
        }

        Assert.True(database.FileSize < grown / 2, $"{grown} bytes before, {database.FileSize} behind");
        Put(database, 20_000, static _ => true, 300);
        Assert.Equal(mapped, Assert.Single(MappingsOf(path)));
        using BoltReadTransaction read = database.BeginRead();
        Assert.Equal(20_000, Count(read));
    }

    [Fact]
    public void Values_over_many_pages_move_down_into_runs_of_free_pages()
    {
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory, "db"), Options);
        Put(database, 60, static _ => true, 1_400_000);
        Delete(database, 60, static i => i % 3 != 0);
        Run(database);
        using BoltReadTransaction read = database.BeginRead();
        Assert.Equal(20, Count(read));
        Assert.True(read.SizeBytes < 32L * 1_400_000, $"{read.SizeBytes}");
        Assert.True(read.Check().IsClean);
    }

    [Fact]
    public void A_full_disk_ends_a_step_and_loses_nothing()
    {
        SimulatedDisk disk = new(keepLog: false);
        using BoltDatabase database = BoltDatabase.Open(disk, "/db", Options);
        Put(database, 10_000, static _ => true, 300);
        Delete(database, 10_000, static i => i % 2 != 0);
        BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions());
        bool isFull = true;
        disk.Fault = operation => isFull && operation.Kind == SimulatedDiskOperationKind.Write ? new DiskFullException("/db") : null;
        IOException? refused = null;
        for (int i = 0; refused is null && i < 1_000; i++)
        {
            refused = Record.Exception(() => run.Step()) as IOException;
        }

        Assert.IsType<DiskFullException>(refused);
        isFull = false;
        Assert.True(database.TakesWrites);
        while (run.Step() != BoltDefragmentationStep.Done)
        {
        }

        using BoltReadTransaction read = database.BeginRead();
        Assert.Equal(5_000, Count(read));
        Assert.True(read.Check().IsClean);
    }

    [Fact]
    public void One_runs_at_a_time_and_one_that_is_given_up_leaves_a_whole_file()
    {
        using BoltDatabase database = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory, "db"), Options);
        Put(database, 5_000, static _ => true, 300);
        Delete(database, 5_000, static i => i % 2 != 0);
        BoltDefragmentation given = database.BeginDefragmentation(new BoltDefragmentationOptions());
        given.Step();
        Assert.Throws<InvalidOperationException>(() => database.BeginDefragmentation(new BoltDefragmentationOptions()));
        given.End();
        using (BoltReadTransaction read = database.BeginRead())
        {
            Assert.True(read.Check().IsClean);
        }

        Run(database);
    }

    private static BoltOptions Options { get; } = new() { GrowthStepBytes = 256 << 10 };

    /// <summary>The addresses at which a file is mapped.</summary>
    private static IEnumerable<string> MappingsOf(string path) => File.ReadLines("/proc/self/maps")
        .Where(line => line.EndsWith(path, StringComparison.Ordinal))
        .Select(static line => line.Split(' ')[0]);

    private static byte[] Key(int number) => [(byte)(number >> 16), (byte)(number >> 8), (byte)number, .. "-a-key-of-17-b"u8];

    private static void Put(BoltDatabase database, int records, Func<int, bool> isPut, int valueBytes)
    {
        byte[] value = new byte[valueBytes];
        for (int from = 0; from < records; from += 1_000)
        {
            using BoltWriteTransaction transaction = database.BeginWrite();
            BoltBucket bucket = transaction.CreateBucketIfNotExists("key"u8);
            bucket.FillPercent = 0.9;
            for (int i = from; i < Math.Min(records, from + 1_000); i++)
            {
                if (isPut(i))
                {
                    Array.Fill(value, (byte)i);
                    bucket.Put(Key(i), value);
                }
            }

            transaction.Commit();
        }
    }

    private static void Delete(BoltDatabase database, int records, Func<int, bool> isDeleted)
    {
        for (int from = 0; from < records; from += 1_000)
        {
            using BoltWriteTransaction transaction = database.BeginWrite();
            BoltBucket bucket = transaction.CreateBucketIfNotExists("key"u8);
            foreach (int i in Enumerable.Range(from, Math.Min(1_000, records - from)).Where(isDeleted))
            {
                Assert.True(bucket.Delete(Key(i)));
            }

            transaction.Commit();
        }
    }

    private static void Run(BoltDatabase database)
    {
        BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions());
        BoltDefragmentationStep step = run.Step();
        for (int i = 0; step is not BoltDefragmentationStep.Done; i++)
        {
            Assert.True(i < 10_000 && step != BoltDefragmentationStep.Waits, $"{step} at step {i}");
            step = run.Step();
        }
    }

    private static int Count(BoltTransaction transaction)
    {
        Assert.True(transaction.TryGetBucket("key"u8, out BoltBucket? bucket));
        BoltCursor cursor = bucket.Cursor();
        int count = 0;
        for (bool found = cursor.First(); found; found = cursor.Next())
        {
            Assert.Equal(-1, cursor.Value.IndexOfAnyExcept(cursor.Key[2]));
            count++;
        }

        return count;
    }

    private static void RequireSame(BoltDatabase expected, BoltDatabase actual)
    {
        using BoltReadTransaction one = expected.BeginRead();
        using BoltReadTransaction other = actual.BeginRead();
        Assert.True(one.TryGetBucket("key"u8, out BoltBucket? wanted));
        Assert.True(other.TryGetBucket("key"u8, out BoltBucket? found));
        BoltCursor left = wanted.Cursor();
        BoltCursor right = found.Cursor();
        bool isThere = right.First();
        for (bool more = left.First(); more; more = left.Next(), isThere = right.Next())
        {
            Assert.True(isThere && left.Key.SequenceEqual(right.Key) && left.Value.SequenceEqual(right.Value));
        }

        Assert.False(isThere);
    }
}
