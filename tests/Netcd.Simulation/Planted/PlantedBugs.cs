namespace Netcd.Simulation.Planted;

/// <summary>All planted bugs.</summary>
internal static class PlantedBugs
{
    /// <summary>Consensus first, then what is taken of the network, then storage, the store, watches, leases, locks and users.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. PlantedRaftBugs.All, .. PlantedReceptionBugs.All, .. PlantedStorageBugs.All, .. PlantedDefragmentationBugs.All,
        .. PlantedEngineBugs.All, .. PlantedWatchBugs.All, .. PlantedLeaseBugs.All,
        .. PlantedLockBugs.All, .. PlantedAuthBugs.All, .. PlantedAlarmBugs.All,
    ];
}
