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
