using System.Text;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Disk;

public sealed class SimulatedDiskTests
{
    [Fact]
    public void Flushed_writes_survive_a_crash_and_unflushed_ones_may_not()
    {
        SimulatedDisk disk = new();
        using IDiskFile file = Create(disk, "/f");
        file.WriteAt(0, "durable"u8);
        file.Flush();
        file.WriteAt(7, " and more"u8);

        Assert.Equal("durable", Text(disk.Crash(new() { Fate = UnflushedFate.Dropped }), "/f"));
        Assert.Equal("durable and more", Text(disk.Crash(new() { Fate = UnflushedFate.Kept }), "/f"));
        Assert.Equal("durable and", Text(disk.Crash(new() { Fate = UnflushedFate.Kept, TornBytes = 4 }), "/f"));
    }

    [Fact]
    public void A_name_is_lost_unless_its_directory_was_flushed()
    {
        SimulatedDisk disk = new();
        disk.CreateDirectory("/d/e");
        using IDiskFile file = disk.Open("/d/e/new", DiskOpenMode.CreateNew);
        file.WriteAt(0, "x"u8);
        file.Flush();
        SimulatedDisk lost = disk.Crash(new() { Fate = UnflushedFate.Dropped });
        Assert.True(lost.DirectoryExists("/d/e"));
        Assert.False(lost.FileExists("/d/e/new"));

        disk.FlushDirectory("/d/e");
        disk.Rename("/d/e/new", "/d/e/old");
        SimulatedDisk before = disk.Crash(new() { Fate = UnflushedFate.Dropped });
        Assert.Equal(["new"], before.List("/d/e"));
        disk.FlushDirectory("/d/e");
        Assert.Equal(["old"], disk.Crash(new() { Fate = UnflushedFate.Dropped }).List("/d/e"));

        disk.Delete("/d/e/old");
        Assert.Equal(["old"], disk.Crash(new() { Fate = UnflushedFate.Dropped }).List("/d/e"));
        disk.FlushDirectory("/d/e");
        Assert.Empty(disk.Crash(new() { Fate = UnflushedFate.Kept }).List("/d/e"));
    }

    [Fact]
    public void A_length_is_lost_with_the_change_that_made_it()
    {
        SimulatedDisk disk = new();
        using IDiskFile file = Create(disk, "/f");
        file.Preallocate(4096);
        Assert.Equal(0, LengthOf(disk.Crash(new() { Fate = UnflushedFate.Dropped }), "/f"));
        file.Flush();
        Assert.Equal(4096, LengthOf(disk.Crash(new() { Fate = UnflushedFate.Dropped }), "/f"));
        file.SetLength(10);
        Assert.Equal(4096, LengthOf(disk.Crash(new() { Fate = UnflushedFate.Dropped }), "/f"));
        Assert.Equal(10, LengthOf(disk.Crash(new() { Fate = UnflushedFate.Kept }), "/f"));
    }

    [Fact]
    public void Any_past_point_can_be_drawn_and_the_same_seed_gives_the_same_image()
    {
        SimulatedDisk disk = new();
        using IDiskFile file = Create(disk, "/f");
        for (int i = 0; i < 50; i++)
        {
            file.WriteAt(i * 700L, Encoding.UTF8.GetBytes(new string((char)('a' + (i % 26)), 900)));
            if (i % 7 == 0)
            {
                file.Flush();
            }
        }

        HashSet<string> images = [];
        for (int at = disk.OperationCount; at > 2; at--)
        {
            SimulatedDiskCrash crash = new() { Operations = at, Seed = (ulong)at };
            string once = Text(disk.Crash(crash), "/f");
            disk.Crash(new() { Operations = 2 });
            Assert.Equal(once, Text(disk.Crash(crash), "/f"));
            images.Add(once);
        }

        Assert.True(images.Count > 30, $"only {images.Count} images differ");
    }

    [Fact]
    public void An_image_is_a_disk_of_its_own_that_can_crash_again()
    {
        SimulatedDisk disk = new();
        using (IDiskFile file = Create(disk, "/f"))
        {
            file.WriteAt(0, "one"u8);
            file.Flush();
        }

        SimulatedDisk image = disk.Crash(new());
        using IDiskFile again = image.Open("/f", DiskOpenMode.OpenOrCreateLocked);
        again.WriteAt(0, "two"u8);
        Assert.Equal("one", Text(disk, "/f"));
        Assert.Equal("one", Text(image.Crash(new() { Fate = UnflushedFate.Dropped }), "/f"));
        Assert.Equal("two", Text(image.Crash(new() { Fate = UnflushedFate.Kept }), "/f"));
    }

    [Fact]
    public void What_a_failed_flush_covered_stays_in_doubt_after_a_later_one_succeeds()
    {
        SimulatedDisk disk = new(keepLog: false);
        using IDiskFile file = Create(disk, "/f");
        file.WriteAt(0, "aaaa"u8);
        file.Flush();
        file.WriteAt(0, "bb"u8);
        disk.FailFlushAfter(0);
        Assert.Throws<IOException>(file.Flush);
        file.WriteAt(2, "cc"u8);
        file.Flush();
        Assert.Equal("aacc", Text(disk.Crash(new() { Fate = UnflushedFate.Dropped }), "/f"));
        Assert.Equal("bbcc", Text(disk.Crash(new() { Fate = UnflushedFate.Kept }), "/f"));
    }

    [Fact]
    public void Planted_faults_come_when_told_and_once()
    {
        SimulatedDisk disk = new();
        using IDiskFile file = Create(disk, "/f");
        disk.FailWriteAfter(1);
        file.WriteAt(0, "a"u8);
        Assert.False(DiskErrors.IsDiskFull(Assert.Throws<IOException>(() => file.WriteAt(1, "b"u8))));
        file.WriteAt(1, "c"u8);
        Assert.Equal("ac", Text(disk, "/f"));

        disk.CapacityBytes = 4;
        Assert.True(DiskErrors.IsDiskFull(Assert.ThrowsAny<IOException>(() => file.WriteAt(2, "dddd"u8))));
        Assert.Equal("acdd", Text(disk, "/f"));
        Assert.Throws<DiskFullException>(() => file.Preallocate(5));

        disk.FlipBits("/f", 0, 2);
        Assert.Equal("ccdd", Text(disk, "/f"));

        disk.Fault = operation => operation.Kind == SimulatedDiskOperationKind.Delete ? new IOException("no") : null;
        Assert.Throws<IOException>(() => disk.Delete("/f"));
        Assert.True(disk.FileExists("/f"));
    }

    [Fact]
    public unsafe void A_mapping_shows_later_writes_even_after_the_file_outgrew_it()
    {
        SimulatedDisk disk = new();
        using IDiskFile file = Create(disk, "/f");
        file.WriteAt(0, "0123"u8);
        using IDiskMapping first = file.Map(4);
        file.WriteAt(100_000, "far"u8);
        file.WriteAt(1, "xy"u8);
        using IDiskMapping second = file.Map(file.Length);
        Assert.Equal("0xy3", Encoding.UTF8.GetString(first.Pointer, 4));
        Assert.Equal("0xy3", Encoding.UTF8.GetString(second.Pointer, 4));
        Assert.False(first.TryResize(8));
        Assert.True(second.TryResize(8));
        Assert.Equal((4L, 8L), (first.Length, second.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(file.Length + 1));
    }

    [Fact]
    public void A_locked_file_is_refused_until_it_is_closed()
    {
        SimulatedDisk disk = new();
        using (disk.Open("/f", DiskOpenMode.OpenOrCreateLocked))
        {
            Assert.Equal("/f", Assert.Throws<DiskLockedException>(() => disk.Open("/f", DiskOpenMode.OpenOrCreateLocked)).Path);
            using IDiskFile image = disk.Crash(new() { Fate = UnflushedFate.Kept }).Open("/f", DiskOpenMode.OpenOrCreateLocked);
        }

        using IDiskFile file = disk.Open("/f", DiskOpenMode.OpenOrCreateLocked);
        Assert.Throws<FileNotFoundException>(() => disk.Open("/g", DiskOpenMode.ReadOnly));
        Assert.Throws<IOException>(() => disk.Open("/f", DiskOpenMode.CreateNew));
        Assert.Throws<DirectoryNotFoundException>(() => disk.Open("/none/f", DiskOpenMode.CreateNew));
    }

    private static IDiskFile Create(SimulatedDisk disk, string path)
    {
        IDiskFile file = disk.Open(path, DiskOpenMode.CreateNew);
        disk.FlushDirectory("/");
        return file;
    }

    private static string Text(SimulatedDisk disk, string path)
    {
        using IDiskFile file = disk.Open(path, DiskOpenMode.ReadOnly);
        byte[] bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.ReadAt(0, bytes));
        return Encoding.UTF8.GetString(bytes);
    }

    private static long LengthOf(SimulatedDisk disk, string path)
    {
        using IDiskFile file = disk.Open(path, DiskOpenMode.ReadOnly);
        return file.Length;
    }
}
