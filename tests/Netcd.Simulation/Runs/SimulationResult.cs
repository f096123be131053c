namespace Netcd.Simulation.Runs;

/// <summary>What came of a run.</summary>
internal sealed record SimulationResult
{
    public required ulong Seed { get; init; }

    public required string Profile { get; init; }

    /// <summary>The checker that spoke; null where none did.</summary>
    public string? Checker { get; init; }

    /// <summary>What it said.</summary>
    public string? Message { get; init; }

    /// <summary>Where the engine failed, if it did.</summary>
    public string? StackTrace { get; init; }

    public required double VirtualSeconds { get; init; }

    public required int Operations { get; init; }

    public required int Acknowledged { get; init; }

    public required int Unknown { get; init; }

    public required int Elections { get; init; }

    public required int SnapshotsDelivered { get; init; }

    public required int SnapshotsBroken { get; init; }

    public required long HashComparisons { get; init; }

    public required int FilesShortened { get; init; }

    public required ulong CommittedEntries { get; init; }

    public required long Events { get; init; }

    public required ulong TraceHash { get; init; }

    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    public bool IsViolation => Checker is not null;
}
