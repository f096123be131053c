using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in locks and elections.</summary>
internal static class PlantedLockBugs
{
    private const int Lockers = 8;
    private const string Queues = "src/Netcd.Coordination/KeyQueues.cs";

    private static readonly FaultKind[] Restarts = [FaultKind.ProcessKill, FaultKind.CleanRestart];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Bug("a waiter is let in when the one just before it is gone", Queues, "if (before.Kvs.Count == 0)", "if (before.Kvs.Count == 0 || hasWaited)", 10),
        Bug("a waiter does not see the one that came just before it", Queues, "last.MaxCreateRevision = place.Revision - 1;", "last.MaxCreateRevision = place.Revision - 2;", 20),
        Bug("a deletion right behind the look at the queue is missed", Queues, "StartRevision = before.Header.Revision + 1 }", "StartRevision = before.Header.Revision + 2 }", 20),
        Bug("a cancelled waiter's key stays", Queues, "DeleteAsync(place.Key, place.Revision)", "DeleteAsync(place.Key, place.Revision + 1)", 5),
        Bug("the lease of a cancelled call stays", Queues, "RevokeAsync(new LeaseRevokeRequest { ID = session.Lease })", "RevokeAsync(new LeaseRevokeRequest { ID = session.Lease + 1 })", 10),
        Bug("a place in a queue hangs on no lease", Queues, "Value = value, Lease = session.Lease }", "Value = value }", 10),
    ];

    private static PlantedBug Bug(string name, string file, string original, string replacement, int maxSeeds) =>
        new(name, file, original, replacement, maxSeeds) { Members = 3, Faults = Restarts, Lockers = Lockers };
}
