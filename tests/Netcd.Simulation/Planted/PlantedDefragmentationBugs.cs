using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in how the database file becomes smaller.</summary>
internal static class PlantedDefragmentationBugs
{
    private const string Length = "src/Netcd.Storage/Bolt/BoltDatabase.Length.cs";
    private const string Tree = "src/Netcd.Storage/Bolt/BoltTree.cs";
    private const string Space = "src/Netcd.Storage/Bolt/Freelist.Space.cs";

    private static readonly FaultKind[] Faults =
    [
        FaultKind.Defragmentation, FaultKind.Compaction, FaultKind.ForcedCommit, FaultKind.PowerLoss, FaultKind.PowerLossAtWrite,
        FaultKind.ProcessKill, FaultKind.ProcessKillAtWrite, FaultKind.CleanRestart, FaultKind.TwoWayPartition, FaultKind.SnapshotCut,
    ];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        Bug("the file is cut before the second meta is durable", Length,
            "foreach (BoltSnapshot held in snapshots)",
            """
            needed = newer.HighWater;
            foreach (BoltSnapshot held in snapshots.FindAll(s => s.Meta.TransactionId > older.TransactionId))
            """, 10),
        Bug("the file is cut under who still reads it", Length,
            "needed = Math.Max(needed, held.Meta.HighWater);", "", 20),
        Bug("the file is cut below what the metas need", Length,
            "LengthFor((long)needed * PageSize);", "LengthFor((long)needed * PageSize / 2);", 10),
        Bug("the pages that were cut off are still free", Space, "free[page / 64] &= ~(1UL << (int)(page % 64));\n            FreeCount--;",
            "", 10),
        Bug("a page in use is cut off with the free ones", Space, "return end;", "return end > highWater - 2 ? end : end - 1;", 10),
        Bug("pages that wait for a reader are cut off", Space, "free.Length && (free[page / 64] >>",
            "free.Length && ((free[page / 64] | waiting[page / 64]) >>", 20),
        Bug("a leaf that was joined is not freed", Tree, "left.Append(right);\n            transaction.Free(right.PageId);",
            "left.Append(right);", 10),
        Bug("a leaf that was joined is freed twice", Tree, "left.Append(right);\n            transaction.Free(right.PageId);",
            "left.Append(right);\n            transaction.Free(right.PageId);\n            transaction.Free(right.PageId);", 10),
        Bug("the last of the leaves that are joined is lost", Tree, "left.Append(right);", """
            if (i < 2 || i < count - 1)
            {
                left.Append(right);
            }
            """, 20),
        Bug("a bucket that was only moved keeps its old root", "src/Netcd.Storage/Bolt/BoltWriteTransaction.cs",
            "if (bucket.Tree!.IsChanged)", "if (bucket.Tree!.IsChanged && (!CutsTail || name.Length != 3))", 10),
    ];

    private static PlantedBug Bug(string name, string file, string original, string replacement, int maxSeeds) =>
        new(name, file, original, replacement, maxSeeds) { Focus = RunFocus.Defragmentation, Faults = Faults };
}
