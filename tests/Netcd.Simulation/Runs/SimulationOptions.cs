using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Runs;

/// <summary>What to simulate. Everything that is not said here comes from the seed.</summary>
internal sealed record SimulationOptions
{
    public required ulong Seed { get; init; }

    /// <summary>Members to begin with; null lets the seed choose.</summary>
    public int? Members { get; init; }

    /// <summary>How long faults go on, in virtual seconds.</summary>
    public int VirtualSeconds { get; init; } = 60;

    /// <summary>Clients; null lets the seed choose.</summary>
    public int? Clients { get; init; }

    /// <summary>The kinds of faults to choose from; null lets the seed choose a subset.</summary>
    public IReadOnlySet<FaultKind>? Faults { get; init; }

    /// <summary>Where the readable trace goes; null for none.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Whether the operations of the disks go into the trace too.</summary>
    public bool WithDiskLog { get; init; }

    /// <summary>Whether the engine's own log goes into the trace too.</summary>
    public bool WithEngineLog { get; init; }
}
