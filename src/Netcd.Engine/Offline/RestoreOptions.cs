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
    public Action<RestoreStep>? Progress { get; init; }
}

/// <summary>How far a restore is.</summary>
/// <param name="What">What is being done; empty when the long steps are over.</param>
/// <param name="Done">How many bytes are done.</param>
/// <param name="Total">How many there are; 0 where nobody knows.</param>
public readonly record struct RestoreStep(string What, long Done, long Total);
