namespace Netcd.Testing.Disk;

/// <summary>What becomes of the operations that no flush covered when the power goes.</summary>
public enum UnflushedFate
{
    /// <summary>All of them reached the medium.</summary>
    Kept,

    /// <summary>None did.</summary>
    Dropped,

    /// <summary>The seed decides on each write: kept, dropped, or torn (some sectors, or cut at any byte); of the changes
    /// of names a prefix survives, as a journalling file system replays them in order.</summary>
    Random,
}

/// <summary>A moment at which the power goes, and what is left then; see <see cref="SimulatedDisk.Crash"/>.</summary>
public sealed record SimulatedDiskCrash
{
    /// <summary>How many operations of the log had begun; null means all. All but the last were complete.</summary>
    public int? Operations { get; init; }

    /// <summary>How many bytes of the last operation, where that is a write, had been handed over; null means all of them.
    /// Any number: the tear need not fall on a sector's boundary.</summary>
    public int? TornBytes { get; init; }

    /// <summary>What becomes of what was not flushed.</summary>
    public UnflushedFate Fate { get; init; } = UnflushedFate.Random;

    /// <summary>Of the unflushed writes that chance keeps, one in so many is torn.</summary>
    public int TornOneIn { get; init; } = 4;

    /// <summary>Decides all that is left to chance; the same seed gives the same image.</summary>
    public ulong Seed { get; init; }
}
