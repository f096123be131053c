namespace Netcd.Simulation.Planted;

/// <summary>All planted bugs.</summary>
internal static class PlantedBugs
{
    /// <summary>Consensus first, then storage, then the store, then watches, leases and locks.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. PlantedRaftBugs.All, .. PlantedStorageBugs.All, .. PlantedEngineBugs.All, .. PlantedWatchBugs.All, .. PlantedLeaseBugs.All,
        .. PlantedLockBugs.All,
    ];
}
