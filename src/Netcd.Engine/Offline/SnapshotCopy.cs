using System.Security.Cryptography;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Offline;

/// <summary>The copy of a snapshot's file without the sum that it ends in, and the check of that.</summary>
internal static class SnapshotCopy
{
    private const int SumBytes = SHA256.HashSizeInBytes;

    /// <summary>A database is whole pages, each some sectors: what is over is the sum.</summary>
    private const int SectorBytes = 512;
    private const int ChunkBytes = 1 << 20;

    /// <summary>Whether the file ends in a sum.</summary>
    public static bool HasSum(long length) => length % SectorBytes == SumBytes;

    /// <summary>Copies the database and makes the copy durable.</summary>
    /// <exception cref="OfflineException">The file's sum is missing or does not match.</exception>
    public static void Run(IDisk disk, string from, string to, bool skipsHashCheck, Action<OfflineStep>? progress = null)
    {
        using IDiskFile source = OpenSource(disk, from);
        long length = source.Length;
        bool hasSum = HasSum(length);
        if (length < SumBytes)
        {
            throw new OfflineException($"{from} holds {length} bytes: it is no snapshot");
        }

        if (!hasSum && !skipsHashCheck)
        {
            throw new OfflineException("snapshot missing hash but --skip-hash-check=false");
        }

        disk.Delete(to);
        using IDiskFile target = disk.Open(to, DiskOpenMode.CreateNew);
        byte[] found = Copy(source, target, hasSum ? length - SumBytes : length, progress);
        byte[] expected = new byte[SumBytes];
        if (hasSum && !skipsHashCheck && source.ReadAt(length - SumBytes, expected) == SumBytes && !found.AsSpan().SequenceEqual(expected))
        {
            throw new OfflineException($"expected sha256 [{string.Join(' ', expected)}], got [{string.Join(' ', found)}]");
        }

        target.Flush();
    }

    private static IDiskFile OpenSource(IDisk disk, string path)
    {
        try
        {
            return disk.Open(path, DiskOpenMode.ReadOnlyLocked);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OfflineException($"open {path}: no such file or directory", missing);
        }
    }

    private static byte[] Copy(IDiskFile source, IDiskFile target, long length, Action<OfflineStep>? progress)
    {
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[Math.Clamp(length, 1, ChunkBytes)];
        for (long at = 0; at < length;)
        {
            Span<byte> wanted = chunk.AsSpan(0, (int)Math.Min(chunk.Length, length - at));
            int read = source.ReadAt(at, wanted);
            if (read == 0)
            {
                throw new OfflineException($"{source.Path} became shorter while it was read");
            }

            sum.AppendData(wanted[..read]);
            target.WriteAt(at, wanted[..read]);
            at += read;
            progress?.Invoke(new OfflineStep("copying the snapshot", at, length));
        }

        return sum.GetHashAndReset();
    }
}
