namespace Netcd.Storage.Disk;

/// <summary>Ways to use the host's file system that are not the usual one.</summary>
public sealed record PhysicalDiskOptions
{
    /// <summary>
    /// Whether nothing is forced to stable storage. What was acknowledged survives the end of the process then, and not that of the
    /// machine: for tests and data that can be lost.
    /// </summary>
    public bool SkipsFlushes { get; init; }

    /// <summary>
    /// Whether mapped files are kept in memory (mlock), so that no read waits for the disk. The system refuses it beyond the process's
    /// limit (<c>ulimit -l</c>). Linux alone.
    /// </summary>
    public bool LocksMappings { get; init; }
}
