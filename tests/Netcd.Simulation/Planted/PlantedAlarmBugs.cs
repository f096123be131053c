using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in alarms, and in what goes on while they are raised.</summary>
internal static class PlantedAlarmBugs
{
    private const string Applier = "src/Netcd.Engine/Apply/EntryApplier.cs";
    private const string Table = "src/Netcd.Engine/Alarms/AlarmTable.cs";

    private static readonly FaultKind[] Restarts = [FaultKind.ProcessKill, FaultKind.CleanRestart, FaultKind.PowerLoss];
    private static readonly FaultKind[] Absences = [FaultKind.TwoWayPartition, FaultKind.Pause, FaultKind.Wipe];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Bug("puts go on without space", Applier, "&& (request.Put is not null || request.LeaseGrant", "&& (request.LeaseGrant", 10),
        Bug("transactions put without space", Applier, " || (request.Txn is not null && HasPut(request.Txn))", "", 10),
        Bug("only the branch of success is looked at for puts without space", Applier, "request.Success.Concat(request.Failure).Any(",
            "request.Success.Any(", 10),
        Bug("deletions go on where data is corrupt", Applier, "|| request.DeleteRange is not null || request.Compaction is not null;",
            "|| request.Compaction is not null;", 10),
        Bug("compactions go on where data is corrupt", Applier, " || request.Compaction is not null;", ";", 20)
            with { Faults = [FaultKind.Compaction, FaultKind.LeaderTransfer] },
        Bug("CORRUPT is not seen beside NOSPACE", Table, "raised[first].Alarm == alarm;", "raised[0].Alarm == alarm;", 20),
        Bug("an alarm is not stored", Table, "changes.Add(new BucketChange(Schema.Alarm.ToArray(), alarm.ToByteArray(), []));", "", 20)
            with { Faults = Restarts },
        Bug("an alarm that was lifted is back after a start", Table,
            "changes.Add(new BucketChange(Schema.Alarm.ToArray(), alarm.ToByteArray(), null));", "", 20) with { Faults = Restarts },
        Bug("an alarm is lost by a snapshot", "src/Netcd.Engine/State/ReplicatedState.cs", "        Alarms = received.Alarms;", "", 40)
            with { Faults = Absences },
        Bug("who lifts an alarm lifts those of other members", Table, "new AlarmTable(raised.Remove(alarm))",
            "new AlarmTable(None.Union(raised.Where(other => other.Alarm != alarm.Alarm)))", 10),
        Bug("what was not raised is said to be lifted", Table, "AlarmAction.Deactivate when raised.Contains(alarm):",
            "AlarmAction.Deactivate when alarm.Alarm != AlarmType.None:", 10),
        Bug("a compaction that was done is done again", Applier, "request.Revision <= store.CompactRevision",
            "request.Revision < store.CompactRevision", 40) with { Faults = [FaultKind.Compaction, FaultKind.LeaderTransfer] },
        new("a defragmentation goes on in the file that a snapshot has replaced", "src/Netcd.Engine/Node/Stages/BackendStage.cs",
            "running && running.File == file", "running", 120)
        {
            Members = 3,
            Focus = RunFocus.Defragmentation,
            Faults = [FaultKind.Defragmentation, FaultKind.Compaction, FaultKind.TwoWayPartition, FaultKind.Pause],
        },
    ];

    private static PlantedBug Bug(string name, string file, string original, string replacement, int maxSeeds) =>
        new(name, file, original, replacement, maxSeeds) { Members = 3, Alarms = 2 };
}
