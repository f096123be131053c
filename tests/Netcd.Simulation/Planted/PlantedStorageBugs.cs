using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in the log and in the database file.</summary>
internal static class PlantedStorageBugs
{
    private const string LogStage = "src/Netcd.Engine/Node/Stages/LogStage.cs";
    private const string Wal = "src/Netcd.Storage/Wal/WriteAheadLog.cs";
    private const string Segments = "src/Netcd.Storage/Wal/SegmentReader.cs";
    private const string Replay = "src/Netcd.Storage/Wal/LogReplay.cs";
    private const string Database = "src/Netcd.Storage/Bolt/BoltDatabase.cs";
    private const string Freelist = "src/Netcd.Storage/Bolt/Freelist.cs";

    private static readonly FaultKind[] Power = [FaultKind.PowerLoss, FaultKind.PowerLossAtWrite, FaultKind.PowerLossOfAll];

    private static readonly FaultKind[] Crashes = [.. Power, FaultKind.ProcessKill, FaultKind.ProcessKillAtWrite, FaultKind.CleanRestart];

    private static readonly FaultKind[] Flushes = [FaultKind.FlushError, FaultKind.PowerLoss, FaultKind.PowerLossAtWrite];

    private static readonly FaultKind[] Rot = [FaultKind.BitFlip];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("the log is written and not flushed", Wal, "tail!.Flush();", "", 5) { Faults = Power },
        new("acknowledges before the flush", LogStage, "if (mustFlush)", """
            foreach (LogWork item in work)
            {
                if (item is LogWork.Append early)
                {
                    foreach (Message response in early.Message.Responses)
                    {
                        responses.Send(response);
                    }

                    early.Message.Responses = [];
                }
            }

            if (mustFlush)
            """, 10) { Faults = Crashes },
        new("the vote is not on the disk", LogStage, "new WalHardState(hardState.Term, hardState.Vote, hardState.Commit)",
            "new WalHardState(hardState.Term, 0, hardState.Commit)", 10) { Faults = Crashes },
        new("the hard state is not flushed before it is acted on", LogStage,
            "!message.Entries.IsEmpty || isVote ||", "!message.Entries.IsEmpty ||", 30) { Faults = Crashes },
        new("a snapshot is acknowledged before it is installed", LogStage,
            "if (holding is not null)", "if (holding is { Count: > 1000 })", 20)
            { Faults = [.. Crashes, FaultKind.TwoWayPartition, FaultKind.SlowDisk, FaultKind.StalledDisk] },
        new("a torn tail is no end of the log", Segments, "return isTorn", "return isTorn && bytes < 0", 20)
            { Focus = RunFocus.LogFiles, Faults = Power },
        new("the torn tail stays in the file", "src/Netcd.Storage/Wal/LogRepair.cs", "if (file.Length > end.Offset)",
            "if (file.Length < 0)", 20) { Focus = RunFocus.LogFiles, Faults = Power },
        new("the log is not written again where a flush has failed", "src/Netcd.Storage/Wal/LogRepair.cs",
            "WriteAgain(file, Math.Min(end.Offset, file.Length));", "", 60) { Faults = Flushes },
        new("a damaged record is taken for the end", Segments,
            ": throw Corrupt(\"a record is damaged, and not by a crash: its sum does not match and no part of it is missing\")",
            ": \"damaged\"", 20) { Members = 3, Faults = Rot },
        new("the sum of a record is not looked at", Segments, "if (after != head.Sum)", "if (bytes < 0)", 20) { Members = 3, Faults = Rot },
        new("segments are read in the wrong order", "src/Netcd.Storage/Wal/LogScan.cs",
            "a.Sequence.CompareTo(b.Sequence)", "b.Sequence.CompareTo(a.Sequence)", 5) { Faults = Crashes },
        new("segments are purged that are still needed", "src/Netcd.Storage/Wal/SegmentStore.cs",
            "&& names[1].Index < releasedIndex", "", 10) { Focus = RunFocus.LogFiles, Faults = Crashes },
        new("a snapshot without its marker counts", "src/Netcd.Storage/Snapshots/SnapshotDirectory.cs",
            "snapshot is not null && valid.Contains((snapshot.Index, snapshot.Term))", "snapshot is not null", 40) { Faults = Crashes },
        new("replaced entries come back at a start", Replay, """
            entries.RemoveRange(at, entries.Count - at);
            """, """
            if (at < entries.Count)
            {
                entries[at] = new WalEntry(type, term, index, Keep(data));
                return null;
            }
            """, 40) { Focus = RunFocus.LostTails,
                Faults = [.. Crashes, FaultKind.TwoWayPartition, FaultKind.OneWayPartition, FaultKind.Pause] },
        new("the meta page is written before the pages are flushed", Database,
            "file.Flush();\n            ulong slot", "ulong slot", 20) { Faults = Power },
        new("the meta page is not flushed", Database, "file.WriteAt((long)slot * PageSize, metaPage);\n            file.Flush();",
            "file.WriteAt((long)slot * PageSize, metaPage);", 20)
            { Faults = Power },
        new("the older meta page is taken", "src/Netcd.Storage/Bolt/BoltCreation.cs",
            "second.TransactionId > first.TransactionId", "second.TransactionId < first.TransactionId", 5)
            { Faults = Crashes },
        new("the freelist is lost", Database, "if (!walk.IsSeen(page))",
            "if (!walk.IsSeen(page) && page % 2 == 0)", 5) { Faults = Crashes },
        new("a page is reused while an older snapshot holds it", Freelist,
            "if (CountBelow(heldBelow, takenBy[run.First]) < heldBelow.Length)", "if (heldBelow.Length > 1000)", 100),
        new("a page is freed twice over", Freelist, "waiting[page / 64] |= 1UL << (int)(page % 64);", "TryFree(page);", 5),
    ];
}
