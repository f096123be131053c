using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>
/// The first pages of a new file, and the reading of metas. A crash while a file is made leaves a beginning of it, which is
/// distinguished from a damaged file by this: nothing in it differs from what a new file holds, but for zeros.
/// </summary>
internal static class BoltCreation
{
    private const int InitialPages = 4;
    private const int FreelistPageId = 2;
    private const int RootPageId = 3;
    private const int MinPageSize = 1024;
    private const int MaxPageSize = 16 << 20;

    /// <summary>Whether the file is empty or was never made to the end.</summary>
    public static bool IsNeeded(IDiskFile file, int pageSize)
    {
        long length = file.Length;
        if (length == 0)
        {
            return true;
        }

        if (length > (long)InitialPages * pageSize)
        {
            return false;
        }

        byte[] there = new byte[length];
        int read = file.ReadAt(0, there);
        byte[] initial = Image(pageSize);
        for (int i = 0; i < read; i++)
        {
            if (there[i] != 0 && there[i] != initial[i])
            {
                return false;
            }
        }

        // All of it there: a database that nothing was ever put into.
        return !there.AsSpan().SequenceEqual(initial);
    }

    public static void Run(IDiskFile file, int pageSize)
    {
        byte[] image = Image(pageSize);
        file.SetLength(0);
        file.Preallocate(image.Length);
        int data = 2 * pageSize;
        file.WriteAt(data, image.AsSpan(data));
        file.Flush();
        file.WriteAt(0, image.AsSpan(0, data));
        file.Flush();
    }

    /// <summary>The newer of the valid metas.</summary>
    public static BoltMeta ReadMeta(IDiskFile file)
    {
        bool hasFirst = TryReadAt(file, 0, out BoltMeta first, out string problem);
        bool hasSecond = false;
        BoltMeta second = default;
        if (hasFirst)
        {
            hasSecond = TryReadAt(file, first.PageSize, out second, out _);
        }
        else
        {
            // The first is lost, and with it the size of a page: the second stands at one of few places.
            for (int at = MinPageSize; at <= MaxPageSize && !hasSecond; at *= 2)
            {
                hasSecond = TryReadAt(file, at, out second, out _) && second.PageSize == at;
            }
        }

        if (!hasFirst && !hasSecond)
        {
            throw new BoltFormatException(file.Path, 0, problem);
        }

        BoltMeta newest = !hasFirst || (hasSecond && second.TransactionId > first.TransactionId) ? second : first;
        if (newest.HighWater > (ulong)(file.Length / newest.PageSize))
        {
            throw new BoltFormatException(
                file.Path, null, $"truncated: {file.Length} bytes, {newest.HighWater} pages of {newest.PageSize} bytes expected");
        }

        if (newest.RootPage < 2 || newest.RootPage >= newest.HighWater || (newest.HasFreelist && newest.Freelist >= newest.HighWater))
        {
            throw new BoltFormatException(file.Path, newest.TransactionId % 2, "names pages that the file does not have");
        }

        return newest;
    }

    private static bool TryReadAt(IDiskFile file, long page, out BoltMeta meta, out string problem)
    {
        Span<byte> bytes = stackalloc byte[BoltMeta.SizeBytes];
        int read = file.ReadAt(page + BoltPage.HeaderBytes, bytes);
        return BoltMeta.TryRead(bytes[..read], out meta, out problem);
    }

    private static byte[] Image(int pageSize)
    {
        byte[] image = new byte[InitialPages * pageSize];
        for (int slot = 0; slot < 2; slot++)
        {
            BoltMeta meta = new()
            {
                PageSize = pageSize,
                RootPage = RootPageId,
                Freelist = FreelistPageId,
                HighWater = InitialPages,
                TransactionId = (ulong)slot,
            };
            meta.WritePage(image.AsSpan(slot * pageSize, pageSize), (ulong)slot);
        }

        BoltPage.WriteHeader(image.AsSpan(FreelistPageId * pageSize), FreelistPageId, BoltPage.FreelistFlag, 0, 0);
        BoltPage.WriteHeader(image.AsSpan(RootPageId * pageSize), RootPageId, BoltPage.LeafFlag, 0, 0);
        return image;
    }
}
