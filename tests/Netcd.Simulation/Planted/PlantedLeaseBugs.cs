using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in leases.</summary>
internal static class PlantedLeaseBugs
{
    private const int Owners = 12;
    private const string Clock = "src/Netcd.Engine/Leases/LeaseClock.cs";
    private const string Calls = "src/Netcd.Engine/Node/Stages/LeaseCalls.cs";

    private static readonly FaultKind[] Restarts = [FaultKind.ProcessKill, FaultKind.PowerLoss, FaultKind.CleanRestart];
    private static readonly FaultKind[] CutOffs = [FaultKind.LeaderCutOff, FaultKind.MessageDelay];
    private static readonly FaultKind[] Pauses = [FaultKind.Pause];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Bug("an old leader's revocations are passed on to the new one", "src/Netcd.Engine/Node/Stages/ConsensusStage.cs",
            "return request.OnlyInTerm == 0\n            || ", "return request.OnlyInTerm != ulong.MaxValue\n            || ", 40, Pauses),
        Bug("a renewal leaves the checkpoint as it is", Calls, "if (lease.RemainingSeconds > 0 ||",
            "if (lease.RemainingSeconds > 1_000 ||", 20, Restarts),
        Bug("a renewal passes by a checkpoint that is on its way", Calls,
            " || proposals.MayHaveNoted(lease.Id)", "", 40, CutOffs) with { LeaseOwners = 4 * Owners },
        Bug("a renewal changes nothing", Clock, "lease.DeadlineMilliseconds = now + (GrantedSeconds(lease) * 1_000);",
            "_ = lease.DeadlineMilliseconds + now;", 5, Restarts),
        Bug("renewals that come together need no quorum's word after a standstill", Calls,
            "bool isAnswering = leads && isConfirmed;", "bool isAnswering = leads;", 20, Pauses),
        Bug("a new leader counts for no lease that was there before it", "src/Netcd.Engine/Node/Stages/LeaseStage.cs",
            "clock.Start(state.Leases.All, now);", "clock.Start([], now);", 10, Restarts),
        Bug("a start forgets which keys leases have", "src/Netcd.Engine/Mvcc/StoreRestore.cs",
            "leases.Attach(kv.Key, isTombstone ? 0 : kv.Lease);", "leases.Detach(kv.Key);", 10, Restarts),
        Bug("a revocation deletes keys in the order of their hashes, which each member has its own of",
            "src/Netcd.Engine/Apply/LeaseApplier.cs",
            "foreach (byte[] key in lease.Keys())",
            "foreach (byte[] key in lease.Keys().OrderBy(key => state.Seed.Hash(key.AsSpan())))", 20, Restarts),
        Bug("a key that is put again stays on its lease", "src/Netcd.Engine/Leases/LeaseTable.cs",
            "if (lease is null)\n        {\n            Detach(key);", "if (lease is null)\n        {", 20, Restarts),
    ];

    private static PlantedBug Bug(string name, string file, string original, string replacement, int maxSeeds, FaultKind[] faults) =>
        new(name, file, original, replacement, maxSeeds) { Members = 3, Faults = faults, LeaseOwners = Owners };
}
