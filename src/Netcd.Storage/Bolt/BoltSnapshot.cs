using System.Runtime.CompilerServices;

namespace Netcd.Storage.Bolt;

/// <summary>
/// One committed state: its meta and the mapping that shows its pages. The database holds the newest, every transaction
/// holds its own; pages that a snapshot can reach are not reused while it is held.
/// </summary>
internal sealed unsafe class BoltSnapshot
{
    /// <summary>Deeper than any tree that fits a file: a cycle, then.</summary>
    public const int MaxDepth = 64;

    private readonly BoltMapping mapping;
    private readonly byte* start;
    private int references = 1;
    private long fileBytes = long.MaxValue;

    public BoltSnapshot(string path, BoltMeta meta, BoltMapping mapping, long freePages)
    {
        Path = path;
        Meta = meta;
        FreePages = freePages;
        this.mapping = mapping;
        mapping.AddReference();
        start = mapping.Pointer;
        if (meta.HighWater > (ulong)mapping.Length / (ulong)meta.PageSize)
        {
            mapping.Release();
            throw new BoltFormatException(
                path,
                null,
                $"truncated: {mapping.Length} bytes hold fewer than the {meta.HighWater} pages of {meta.PageSize} bytes that the file "
                    + "should have");
        }
    }

    public string Path { get; }

    public BoltMeta Meta { get; }

    /// <summary>Free and pending pages when it was committed.</summary>
    public long FreePages { get; }

    public bool IsHeld => Volatile.Read(ref references) > 0;

    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            mapping.Release();
        }
    }

    /// <summary>A branch or leaf page, its id checked against the file and its header against its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BoltPage Page(ulong id)
    {
        byte* page = Header(id, out uint overflow);
        return new BoltPage(this, id, page, (overflow + 1L) * Meta.PageSize);
    }

    /// <summary>The first byte of a page of any kind, and the pages that follow it as its own.</summary>
    public byte* Header(ulong id, out uint overflow)
    {
        RequireInFile(id);
        byte* page = start + (id * (ulong)Meta.PageSize);
        overflow = Overflow(id, page);
        return page;
    }

    /// <summary>A page of that number is no meta, and one of those that were ever used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RequireInFile(ulong id)
    {
        if (id < 2 || id >= Meta.HighWater)
        {
            throw Corrupt(id, $"outside of the file's pages, 2 to {Meta.HighWater - 1}");
        }
    }

    /// <summary>The pages that follow one as its own, by its header, which is checked against its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Overflow(ulong id, byte* page)
    {
        if (*(ulong*)page != id)
        {
            throw Corrupt(id, $"says that it is page {*(ulong*)page}");
        }

        uint overflow = *(uint*)(page + 12);
        if (overflow >= Meta.HighWater - id)
        {
            throw Corrupt(id, $"overflows by {overflow} pages, beyond the file's last");
        }

        return overflow;
    }

    /// <summary>The raw bytes from an offset on, within the pages in use.</summary>
    public ReadOnlySpan<byte> Raw(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, (long)Meta.HighWater * Meta.PageSize);
        // A read of what the file does not have any more would end the process.
        if (offset + count > Volatile.Read(ref fileBytes))
        {
            throw Corrupt((ulong)(offset / Meta.PageSize), "was cut off while it could be read");
        }

        return new ReadOnlySpan<byte>(start + offset, count);
    }

    /// <summary>The file is about to have no more bytes than that.</summary>
    public void Cut(long length) => Volatile.Write(ref fileBytes, Math.Min(fileBytes, length));

    public BoltFormatException Corrupt(ulong page, string problem) => new(Path, page, problem);
}
