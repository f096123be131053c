using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in what watches are told.</summary>
internal static class PlantedWatchBugs
{
    private const string Stage = "src/Netcd.Engine/Watching/WatchStage.cs";
    private const string Cohort = "src/Netcd.Engine/Watching/WatchCohort.cs";
    private const string Stream = "src/Netcd.Engine/Watching/WatchStream.cs";
    private const string Encoder = "src/Netcd.Engine/Watching/EventEncoder.cs";

    private static readonly FaultKind[] Compactions = [FaultKind.Compaction];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("a watch that found no room goes on one revision too late", Cohort,
            "watch.Next = batch.RevisionAt(first);", "watch.Next = batch.RevisionAt(first) + 1;", 10),
        new("a watch that joins others is told again what it was told", Cohort,
            "watch.Next > Reached + 1 ? batch.FirstFrom(watch.Next) : 0", "watch.Next > Reached + 1 ? 0 : 0", 10),
        new("a snapshot of another member leaves a gap", Stage, "catchingUp.Add(head);", "head.SkipTo(received.Revision); return;", 40),
        new("a watch that starts at the present revision misses it", Stage, "if (next > head.Reached)", "if (next >= head.Reached)", 10),
        new("a watch behind a compaction is not ended", Cohort, "if (Reached + 1 >= compactRevision)",
            "if (Reached + 1 >= 0)", 20) { Faults = Compactions },
        new("progress is told ahead of events", Stage, "head.Reached >= stream.ProgressAskedAt && IsInStep(stream)",
            "head.Reached >= stream.ProgressAskedAt", 60),
        new("the record before an event is the event's own", Encoder, "change.Revision.Main - 1;", "change.Revision.Main;", 5),
        new("an interval is searched for by the end of another", "src/Netcd.Engine/Watching/RangeTree.cs",
            "IsBeforeEnd(key, node.GreatestEnd)", "IsBeforeEnd(key, node.Group.Range.End!)", 20),
        new("a watch that found no room is forgotten", Stream, "stage.Port.Drained(this);", "", 10),
    ];
}
