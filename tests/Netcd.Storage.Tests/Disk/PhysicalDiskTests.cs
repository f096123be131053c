using System.Globalization;
using System.Text;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Disk;

public sealed class PhysicalDiskTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("netcd-disk-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public unsafe void What_is_written_is_read_mapped_and_listed()
    {
        PhysicalDisk disk = PhysicalDisk.Instance;
        string inner = Path.Combine(directory, "a", "b");
        disk.CreateDirectory(inner);
        string path = Path.Combine(inner, "file");
        using (IDiskFile file = disk.Open(path, DiskOpenMode.CreateNew))
        {
            file.Preallocate(10_000);
            file.Preallocate(5_000);
            Assert.Equal(10_000, file.Length);
            using IDiskMapping mapping = file.Map(10_000);
            file.WriteAt(4998, [Encoding.UTF8.GetBytes("ab"), Encoding.UTF8.GetBytes("cd")]);
            file.Flush();
            Assert.Equal("abcd", Encoding.UTF8.GetString(mapping.Pointer + 4998, 4));
            Assert.Equal(2, file.ReadAt(9_998, new byte[10]));
            Assert.Throws<IOException>(() => disk.Open(path, DiskOpenMode.CreateNew));
        }

        disk.Rename(path, path + "2");
        disk.FlushDirectory(inner);
        Assert.Equal(["file2"], disk.List(inner));
        disk.Delete(path + "2");
        Assert.False(disk.FileExists(path + "2"));
        Assert.Throws<FileNotFoundException>(() => disk.Open(path, DiskOpenMode.ReadOnly));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public unsafe void A_mapping_takes_the_length_of_a_file_that_grows_or_is_cut_and_stays_where_it_is(bool isLocked)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a mapping ends where the file does");
        string path = Path.Combine(directory, "mapped");
        PhysicalDisk disk = new(new PhysicalDiskOptions { LocksMappings = isLocked });
        using IDiskFile file = disk.Open(path, DiskOpenMode.CreateNew);
        file.Preallocate(8_192);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Map(8_193));
        using IDiskMapping mapping = file.Map(8_192);
        Assert.Equal(isLocked ? 8 : 0, LockedKiB(path));
        byte* first = mapping.Pointer;
        file.WriteAt(1 << 20, "far"u8);
        Assert.True(mapping.TryResize(file.Length));
        Assert.Equal((file.Length, (nint)first), (mapping.Length, (nint)mapping.Pointer));
        Assert.Equal("far", Encoding.UTF8.GetString(mapping.Pointer + (1 << 20), 3));
        Assert.Equal(isLocked ? 1_028 : 0, LockedKiB(path));
        Assert.True(mapping.TryResize(4_096));
        file.SetLength(4_096);
        file.WriteAt(1 << 20, "new"u8);
        Assert.True(mapping.TryResize(file.Length));
        Assert.Equal("new", Encoding.UTF8.GetString(mapping.Pointer + (1 << 20), 3));
        Assert.False(mapping.TryResize(long.MaxValue));
        Assert.Equal(file.Length, mapping.Length);
    }

    /// <summary>What a file's mappings keep in memory, by the system's account.</summary>
    private static long LockedKiB(string path)
    {
        long sum = 0;
        bool isFile = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            isFile = words[0].EndsWith(':') ? isFile : line.EndsWith(path, StringComparison.Ordinal);
            sum += isFile && words[0] == "Locked:" ? long.Parse(words[1], CultureInfo.InvariantCulture) : 0;
        }

        return sum;
    }

    [Fact]
    public void A_locked_file_is_refused_until_it_is_closed()
    {
        string path = Path.Combine(directory, "locked");
        using (PhysicalDisk.Instance.Open(path, DiskOpenMode.OpenOrCreateLocked))
        {
            Assert.Equal(
                path, Assert.Throws<DiskLockedException>(() => PhysicalDisk.Instance.Open(path, DiskOpenMode.OpenOrCreateLocked)).Path);
        }

        PhysicalDisk.Instance.Open(path, DiskOpenMode.OpenOrCreateLocked).Dispose();
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_not_said_to_be_locked()
    {
        string path = Path.Combine(directory, "folder");
        Directory.CreateDirectory(path);
        Assert.IsNotType<DiskLockedException>(
            Assert.ThrowsAny<IOException>(() => PhysicalDisk.Instance.Open(path, DiskOpenMode.OpenOrCreateLocked)));

        // A loop of links: the system refuses with an error of its own.
        string loop = Path.Combine(directory, "loop");
        File.CreateSymbolicLink(loop, loop);
        Assert.IsNotType<DiskLockedException>(
            Assert.ThrowsAny<IOException>(() => PhysicalDisk.Instance.Open(loop, DiskOpenMode.OpenOrCreateLocked)));
    }
}
