using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in users, roles and rights.</summary>
internal static class PlantedAuthBugs
{
    private const int Users = 6;
    private const string Applier = "src/Netcd.Engine/Apply/AuthApplier.cs";
    private const string Check = "src/Netcd.Engine/Apply/AccessCheck.cs";
    private const string Ranges = "src/Netcd.Engine/Auth/GrantedRanges.cs";
    private const string Stage = "src/Netcd.Engine/Node/Stages/ApplyStage.cs";
    private const string Tokens = "src/Netcd.Server/Auth/SimpleTokens.cs";
    private const string Table = "src/Netcd.Engine/Auth/AuthTable.cs";

    private static readonly FaultKind[] Restarts = [FaultKind.ProcessKill, FaultKind.CleanRestart, FaultKind.PowerLoss];
    private static readonly FaultKind[] Snapshots = [FaultKind.TwoWayPartition, FaultKind.LeaderCutOff, FaultKind.Wipe];

    /// <summary>A member that is away goes on with what it knew, and gets a snapshot when it is back.</summary>
    private static readonly FaultKind[] Absences = [FaultKind.TwoWayPartition, FaultKind.Pause];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Bug("what nested transactions do is not judged", Check,
            "RequestOp.RequestOneofCase.RequestTxn => Check(table, caller, operation.RequestTxn, leases)",
            "RequestOp.RequestOneofCase.RequestTxn => null", 20),
        Bug("the branch of a transaction that is not taken is not judged", Check,
            " ?? Check(table, caller, request.Failure, leases)", "", 20),
        Bug("the record before a put is not judged", Check,
            "(request.PrevKv ? table.CheckRead(caller, request.Key.Span, []) : null)", "(EtcdError?)null", 20),
        Bug("the keys of the lease of a put are not judged", Check,
            "(request.Lease != 0 && leases is not null ? CheckLease(table, caller, request.Lease, leases) : null)", "(EtcdError?)null", 40),
        Bug("a right on a part is taken for one on the whole", Ranges, "rangeEnd.SequenceCompareTo(end) <= 0", "rangeEnd.Length > 0", 40),
        Bug("ranges that touch are not united", Ranges,
            "start.AsSpan().SequenceCompareTo(End) <= 0", "start.AsSpan().SequenceCompareTo(End) < 0", 40),
        Bug("the revision of users and roles is ignored at apply", Table, "identity.Revision < Revision ?", "identity.Revision < 1 ?", 20),
        Bug("a watch outlives its right", "src/Netcd.Engine/Watching/WatchStage.cs", "        EndDenied(now);", "", 20),
        Bug("a watch is judged by users and roles of before", "src/Netcd.Engine/Watching/WatchRights.cs",
            "        users = current;\n        List", "        List", 20),
        Bug("users and roles are lost by a snapshot", "src/Netcd.Engine/State/ReplicatedState.cs",
            "        Auth = received.Auth;", "", 60, Snapshots),
        Bug("a token survives its user", Applier, "events.Invalidated(name);", "", 20),
        Bug("a token survives a change of the password", Applier, "events.Invalidated(request.Name);", "", 20),
        Bug("a token survives its user where a snapshot says so", Stage, "state.Auth.ReportChanges(former, events);", "", 20, Absences),
        Bug("a token lives on without use", Tokens, "entry.User.IsInvalidated || idle > ttl)", "entry.User.IsInvalidated)", 20),
        Bug("a token that is in use ends", Tokens, "            entry.Use(now);", "            _ = now;", 20),
        Bug("the use of a token is noted too seldom", Tokens, "idle > renewal)", "idle > ttl / 2)", 20),
        Bug("tokens live on where users are switched off", Tokens, "            state = new State(maxTokens);\n        }", "        }", 40),
        Bug("a deleted role stays with its users", Applier, "SwitchTo(Table.With(users.ToImmutable(), Table.Roles.Remove(name)));",
            "SwitchTo(Table.With(roles: Table.Roles.Remove(name)));", 20),
        Bug("the revision of users and roles is not stored", Applier,
            "        Store(Schema.Auth, Schema.AuthRevision.ToArray(), revision);", "", 40, Restarts),
        Bug("that users count is not stored", Applier, "        Store(Schema.Auth, Schema.AuthEnabled.ToArray(), [1]);", "", 40, Restarts),
        Bug("what was found of a lease counts for another user", "src/Netcd.Engine/Apply/LeaseRights.cs", "done.User == caller.User",
            "done.User.Length > 0", 100),
        Bug("leases end without a right to their keys", "src/Netcd.Engine/Node/Stages/LeaseProposals.cs",
            "state.Auth.IsEnabled ? new AuthIdentity(AuthIdentity.Root, state.Auth.Revision) : AuthIdentity.None", "AuthIdentity.None", 20)
            with { LeaseOwners = 4 },
    ];

    private static PlantedBug Bug(
        string name, string file, string original, string replacement, int maxSeeds, IReadOnlyList<FaultKind>? faults = null) =>
        new(name, file, original, replacement, maxSeeds) { Members = 3, Users = Users, Faults = faults };
}
