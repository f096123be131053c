using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Wal;

/// <summary>What the tests of the log share: small logs on a simulated disk, and their bytes.</summary>
internal static class WalFiles
{
    public const string Directory = "/wal";

    public static readonly WalOptions Small = new() { SegmentBytes = 4096, BufferBytes = 512 };

    public static SimulatedDisk NewDisk() => new(keepLog: false);

    public static byte[] Read(IDisk disk, string path)
    {
        using IDiskFile file = disk.Open(path, DiskOpenMode.ReadOnly);
        byte[] bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.ReadAt(0, bytes));
        return bytes;
    }

    public static void Replace(IDisk disk, string path, ReadOnlySpan<byte> bytes)
    {
        using IDiskFile file = disk.Open(path, DiskOpenMode.OpenOrCreate);
        file.SetLength(0);
        file.WriteAt(0, bytes);
        file.Flush();
    }

    public static string[] Segments(IDisk disk, string directory = Directory) =>
        [.. disk.List(directory).Where(static name => name.EndsWith(".wal", StringComparison.Ordinal))
            .Select(name => Path.Combine(directory, name))];

    public static WalContent ReadAll(IDisk disk, WalMarker from = default, string directory = Directory)
    {
        using WriteAheadLog log = WriteAheadLog.Open(disk, directory, from, out WalContent content, Small);
        return content;
    }

    public static SimulatedDisk DiskWith(params (string Path, byte[] Bytes)[] files)
    {
        SimulatedDisk disk = NewDisk();
        disk.CreateDirectory(Directory);
        foreach ((string path, byte[] bytes) in files)
        {
            Replace(disk, path, bytes);
        }

        disk.FlushDirectory(Directory);
        return disk;
    }

    public static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        // No zeros: what a lost sector reads as must not be in the data by chance, or the tests could not tell.
        for (int i = 0; i < length; i++)
        {
            bytes[i] |= 1;
        }

        return bytes;
    }

    public static string Describe(WalEntry entry) => $"{entry.Type}/{entry.Term}/{entry.Index}/{Convert.ToHexString(entry.Data.Span)}";
}
