using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in locks and elections.</summary>
internal static class PlantedLockBugs
{
    private const int Lockers = 8;
    private const string Elections = "src/Netcd.Coordination/Elections.cs";
    private const string Locks = "src/Netcd.Coordination/Locks.cs";
    private const string Queues = "src/Netcd.Coordination/KeyQueues.cs";

    private static readonly FaultKind[] Restarts = [FaultKind.ProcessKill, FaultKind.CleanRestart];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Bug("a waiter is let in when the one just before it is gone", Queues, "while (true)", "for (int n = 0; n < 2; n++)", 10),
        Bug("a waiter does not see the one that came just before it", Queues,
            "last.MaxCreateRevision = place.Revision - 1;", "last.MaxCreateRevision = place.Revision - 2;", 20),
        Bug("a deletion right behind the look at the queue is missed", Queues,
            "StartRevision = before.Header.Revision + 1 }", "StartRevision = 0 }", 10),
        Bug("a cancelled waiter's key stays", Queues, "DeleteAsync(place.Key, place.Revision)",
            "DeleteAsync(place.Key, place.Revision + 1)", 5),
        Bug("the lease of a cancelled call stays", Queues, "RevokeAsync(new LeaseRevokeRequest { ID = session.Lease })",
            "RevokeAsync(new LeaseRevokeRequest { ID = session.Lease + 1 })", 5),
        Bug("a place is asked for only as long as the caller stays", Queues,
            "store.WithoutCaller.TxnAsync(txn)", "store.TxnAsync(txn)", 60),
        Bug("the place of another is taken for one's own", Queues, ".CreateRevision == revision;", ".CreateRevision <= revision;", 5),
        Bug("a lock is given to a caller that has gone", Locks, "store.ThrowIfCallerHasGone();", "", 30),
        Bug("a waiter whose lease has ended is let in", Queues,
            "own.Kvs.Count > 0 && own.Kvs[0].CreateRevision == place.Revision ?", "own.Header is not null ?", 40),
        Bug("an observer misses a change right behind its look", Elections, "head.Header.Revision + 1)", "0)", 30),
        Bug("an observer is told of the newest candidate", Queues, "SortOrder = RangeRequest.Types.SortOrder.Ascend",
            "SortOrder = RangeRequest.Types.SortOrder.Descend", 5),
        Bug("a place in a queue hangs on no lease", Queues, "Value = value, Lease = session.Lease }", "Value = value }", 10),
    ];

    private static PlantedBug Bug(string name, string file, string original, string replacement, int maxSeeds) =>
        new(name, file, original, replacement, maxSeeds) { Members = 3, Faults = Restarts, Lockers = Lockers };
}
