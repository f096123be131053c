namespace Netcd.Engine.Offline;

/// <summary>What a snapshot is to be made into.</summary>
public sealed record RestoreOptions
{
    /// <summary>The file of the snapshot.</summary>
    public required string SnapshotPath { get; init; }

    /// <summary>Where the member's files are to lie; the directory holds nothing, or is not there.</summary>
    public required MemberFiles Files { get; init; }

    /// <summary>The member's name, one of <see cref="InitialCluster"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Names and peer URLs of all members of the new cluster.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> InitialCluster { get; init; }

    /// <summary>What makes the ids of the cluster and its members differ from those of others with the same URLs.</summary>
    public required string InitialClusterToken { get; init; }

    /// <summary>Whether the sum behind the snapshot need not be there, or may be wrong.</summary>
    public bool SkipsHashCheck { get; init; }

    /// <summary>How much later the store's revision becomes, marked as compacted up to there; 0 leaves it.</summary>
    public ulong RevisionBump { get; init; }

    /// <summary>Told how far the long steps are; null for nobody.</summary>
    public Action<OfflineStep>? Progress { get; init; }
}
