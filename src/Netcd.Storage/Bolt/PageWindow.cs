using System.Runtime.InteropServices;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>
/// A copy of a few neighbouring pages, read from the file at once. The first touch of a page in the mapping costs the system about
/// five times as much (2.3 µs against 0.5 where the file is cached), and the page counts as the process's memory from then on.
/// </summary>
internal sealed unsafe class PageWindow(BoltSnapshot view, IDiskFile file) : IDisposable
{
    private const int MaxBytes = 1 << 18;

    private readonly int pageSize = view.Meta.PageSize;
    private readonly int maxPages = Math.Max(1, MaxBytes / view.Meta.PageSize);
    private byte* buffer;
    private int capacity;
    private ulong first;
    private int count;

    /// <summary>The first of the pages, with as many of the others as stand close behind it; valid until the next call.</summary>
    /// <remarks>A page that overflows beyond the window, as that of a large value, is shown by the mapping: most of it is not
    /// wanted.</remarks>
    /// <exception cref="BoltFormatException">The page is not what its place says.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public BoltPage Page(ReadOnlySpan<ulong> wanted)
    {
        ulong id = wanted[0];
        view.RequireInFile(id);
        if (id < first || id >= first + (ulong)count)
        {
            Read(id, Neighbours(wanted));
        }

        byte* page = buffer + ((long)(id - first) * pageSize);
        uint overflow = view.Overflow(id, page);
        return id + overflow < first + (ulong)count ? new BoltPage(view, id, page, (overflow + 1L) * pageSize) : view.Page(id);
    }

    public void Dispose()
    {
        NativeMemory.Free(buffer);
        buffer = null;
        count = 0;
    }

    /// <summary>How many pages to read from the first on: at least half of them are wanted.</summary>
    private int Neighbours(ReadOnlySpan<ulong> wanted)
    {
        int pages = 1;
        for (int i = 1; i < wanted.Length; i++)
        {
            // What stands before the first one wraps around, and is far behind it then.
            ulong reach = wanted[i] - wanted[0] + 1;
            if (reach > (ulong)Math.Min(maxPages, 2 * (i + 1)))
            {
                break;
            }

            pages = Math.Max(pages, (int)reach);
        }

        return pages;
    }

    private void Read(ulong id, int pages)
    {
        count = 0;
        if (pages > capacity)
        {
            buffer = (byte*)NativeMemory.Realloc(buffer, (nuint)pages * (nuint)pageSize);
            capacity = pages;
        }

        int read = file.ReadAt((long)id * pageSize, new Span<byte>(buffer, pages * pageSize));
        first = id;
        count = read / pageSize;
        if (count == 0)
        {
            throw view.Corrupt(id, "was cut off while it could be read");
        }
    }
}
