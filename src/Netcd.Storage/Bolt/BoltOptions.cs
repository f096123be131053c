namespace Netcd.Storage.Bolt;

/// <summary>When the list of free pages is written to the file.</summary>
public enum FreelistSync
{
    /// <summary>By a last commit when the database is closed in good order; after a crash the list is found again by walking
    /// the pages. Spares each commit a write that grows with the list.</summary>
    OnClose,

    /// <summary>With every commit, as bbolt does by default.</summary>
    EveryCommit,
}

/// <summary>How a <see cref="BoltDatabase"/> is opened.</summary>
public sealed record BoltOptions
{
    /// <summary>The defaults.</summary>
    public static BoltOptions Default { get; } = new();

    /// <summary>Bytes a page of a file that is created, a power of two from 1 KiB to 16 MiB; a file that exists says itself.</summary>
    public int PageSize { get; init; } = 4096;

    /// <summary>When the free pages are written down.</summary>
    public FreelistSync FreelistSync { get; init; } = FreelistSync.OnClose;

    /// <summary>Opens the file, which must exist, for reading alone and without a lock: for a file that nobody writes. Under another
    /// process that writes, pages are reused without regard to this one's transactions.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>With <see cref="ReadOnly"/>: under a shared lock, so that no process writes the file meanwhile, Go's bbolt
    /// included.</summary>
    public bool KeepsWritersOut { get; init; }

    /// <summary>The least step, in bytes, by which a large file grows; a smaller one doubles.</summary>
    public long GrowthStepBytes { get; init; } = 16 << 20;

    /// <summary>The most, in bytes, by which a commit shortens the file: to cut off half a gigabyte at once takes the file system a tenth
    /// of a second, in which it flushes nothing else; this much, a few milliseconds.</summary>
    public long ShorteningStepBytes { get; init; } = 16 << 20;
}
