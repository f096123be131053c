namespace Netcd.Storage.Wal;

/// <summary>What a log held when it was opened.</summary>
public sealed class WalContent
{
    /// <summary>The bytes given to <see cref="WriteAheadLog.Create"/>.</summary>
    public required ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>The last hard state; empty where none was written.</summary>
    public required WalHardState HardState { get; init; }

    /// <summary>The entries after the marker opened at, in order, without a gap; overwritten ones are left out.</summary>
    public required IReadOnlyList<WalEntry> Entries { get; init; }

    /// <summary>The snapshot markers met from the segment opened at on, in the order written.</summary>
    public required IReadOnlyList<WalMarker> Markers { get; init; }

    /// <summary>What was repaired at the end of the last segment; null where it ended cleanly.</summary>
    public WalRepair? Repair { get; init; }
}

/// <summary>A repair of the end of the last segment after a crash.</summary>
/// <param name="File">The segment's path.</param>
/// <param name="Offset">Where the whole records end: what lay behind was never acknowledged and has been zeroed.</param>
/// <param name="Bytes">Bytes from there to the last that was not zero; 0 where only a frame's length had to be restored.</param>
/// <param name="Reason">What was found there.</param>
public sealed record WalRepair(string File, long Offset, long Bytes, string Reason);
