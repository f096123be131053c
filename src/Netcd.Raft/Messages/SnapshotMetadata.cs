namespace Netcd.Raft;

/// <summary>Where a <see cref="Snapshot"/> stands in the log.</summary>
public sealed class SnapshotMetadata
{
    /// <summary>The metadata of the empty snapshot.</summary>
    public static SnapshotMetadata Empty { get; } = new();

    /// <summary>The configuration at <see cref="Index"/>.</summary>
    public ConfState ConfState { get; init; } = ConfState.Empty;

    /// <summary>The last index contained.</summary>
    public ulong Index { get; init; }

    /// <summary>The term of the entry at <see cref="Index"/>.</summary>
    public ulong Term { get; init; }
}
