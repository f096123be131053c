namespace Netcd.Raft;

/// <summary>The state machine at one index, standing for all entries up to there. Immutable.</summary>
public sealed class Snapshot
{
    /// <summary>The snapshot of nothing.</summary>
    public static Snapshot Empty { get; } = new();

    /// <summary>The application's state, or a reference to it.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The position and the configuration that the snapshot stands for.</summary>
    public SnapshotMetadata Metadata { get; init; } = SnapshotMetadata.Empty;

    /// <summary>True when the snapshot stands for no entry.</summary>
    public bool IsEmpty => Metadata.Index == 0;
}
