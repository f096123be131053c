using System.Globalization;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;

namespace Netcd.Simulation.Runs;

/// <summary>What to simulate. Everything that is not said here comes from the seed.</summary>
internal sealed record SimulationOptions
{
    /// <summary>As long as the faults go on where nothing else is said, in virtual seconds.</summary>
    public const int DefaultVirtualSeconds = 60;

    public required ulong Seed { get; init; }

    /// <summary>Members to begin with; null lets the seed choose.</summary>
    public int? Members { get; init; }

    /// <summary>How long faults go on, in virtual seconds.</summary>
    public int VirtualSeconds { get; init; } = DefaultVirtualSeconds;

    /// <summary>Clients; null lets the seed choose.</summary>
    public int? Clients { get; init; }

    /// <summary>What the run is bent on; null lets the seed choose.</summary>
    public RunFocus? Focus { get; init; }

    /// <summary>
    /// Owners of leases. Revisions that the end of a lease takes are no client's, so that with owners no order of the clients'
    /// operations is searched for; the model holds every answer all the same.
    /// </summary>
    public int LeaseOwners { get; init; }

    /// <summary>Clients that take locks and run for elections. With them too no order is searched for.</summary>
    public int Lockers { get; init; }

    /// <summary>Users whose rights change, and as many watches of theirs. With them too no order is searched for.</summary>
    public int Users { get; init; }

    /// <summary>Those who raise and lift alarms. With them too no order is searched for.</summary>
    public int Alarms { get; init; }

    /// <summary>The kinds of faults to choose from; null lets the seed choose a subset.</summary>
    public IReadOnlySet<FaultKind>? Faults { get; init; }

    /// <summary>What happens instead of the faults that chance brings; the run's time is its limit.</summary>
    public Func<SimulatedCluster, Task>? Script { get; init; }

    /// <summary>Typical entries that a leader keeps for a follower that answers and is behind; null lets the seed choose.</summary>
    public long? LaggingFollowerEntries { get; init; }

    /// <summary>Where the readable trace goes; null for none.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>
    /// Whether an order of all operations is searched for in the end, from the clients' history alone. Where the order that the log
    /// has given is one, it is found at once; a search that does not end within its limit fails the run.
    /// </summary>
    public bool WithOrderSearch { get; init; } = true;

    /// <summary>Whether the operations of the disks go into the trace too.</summary>
    public bool WithDiskLog { get; init; }

    /// <summary>Whether the engine's own log goes into the trace too.</summary>
    public bool WithEngineLog { get; init; }

    /// <summary>The arguments of the command <c>replay</c> that give the same run.</summary>
    public string ToArguments()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Seed}");
        text += Members is { } members ? string.Create(CultureInfo.InvariantCulture, $" --members {members}") : "";
        text += VirtualSeconds != DefaultVirtualSeconds
            ? string.Create(CultureInfo.InvariantCulture, $" --virtual-seconds {VirtualSeconds}")
            : "";
        text += Clients is { } clients ? string.Create(CultureInfo.InvariantCulture, $" --clients {clients}") : "";
        text += Focus is { } focus ? $" --focus {focus}" : "";
        text += LeaseOwners > 0 ? string.Create(CultureInfo.InvariantCulture, $" --lease-owners {LeaseOwners}") : "";
        text += Lockers > 0 ? string.Create(CultureInfo.InvariantCulture, $" --lockers {Lockers}") : "";
        text += Users > 0 ? string.Create(CultureInfo.InvariantCulture, $" --users {Users}") : "";
        text += Alarms > 0 ? string.Create(CultureInfo.InvariantCulture, $" --alarms {Alarms}") : "";
        text += WithOrderSearch ? "" : " --no-order-search";
        return text + (Faults is { } faults ? $" --faults {string.Join(',', faults.Order())}" : "");
    }
}
