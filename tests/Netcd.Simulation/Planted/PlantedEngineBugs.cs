using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in apply, in the backend and in the store.</summary>
internal static class PlantedEngineBugs
{
    private const string File = "src/Netcd.Engine/Backend/BackendFile.cs";
    private const string Writer = "src/Netcd.Engine/Node/Stages/BackendWriter.cs";
    private const string Compaction = "src/Netcd.Engine/Mvcc/Index/IndexCompaction.cs";
    private const string Restore = "src/Netcd.Engine/Mvcc/StoreRestore.cs";
    private const string Range = "src/Netcd.Engine/Mvcc/RangeReader.cs";
    private const string Store = "src/Netcd.Engine/Mvcc/MvccStore.cs";

    private const string Apply = "src/Netcd.Engine/Node/Stages/ApplyStage.cs";

    private static readonly FaultKind[] Restarts =
        [FaultKind.PowerLoss, FaultKind.ProcessKill, FaultKind.ProcessKillAtWrite, FaultKind.PowerLossAtWrite, FaultKind.CleanRestart];

    private static readonly FaultKind[] Compactions = [FaultKind.Compaction, .. Restarts];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("the consistent index is not in the batch's transaction", File,
            "PutPosition(transaction, batch);\n        transaction.Commit();", """
            transaction.Commit();
            using BoltWriteTransaction later = database.BeginWrite();
            PutPosition(later, batch);
            later.Commit();
            """, 10) { Faults = Restarts },
        new("the consistent index is ahead of what is applied", Writer, "ConsistentIndex = applied.Index,",
            "ConsistentIndex = applied.Index + 1,", 5) { Faults = Restarts },
        new("entries are applied again after a start", "src/Netcd.Engine/Starting/NodeStorage.cs", "ConsistentIndex = position.Index,",
            "ConsistentIndex = Math.Max(snapshot?.Index ?? 0, Math.Max(position.Index, 1) - 1),", 5) { Faults = Restarts },
        new("a batch leaves a record out", Writer, "state.Store.TakePending(state.Store.PendingCount)",
            "state.Store.TakePending(Math.Max(1, state.Store.PendingCount) - 1)", 5) { Faults = Restarts },
        new("membership is not stored with the change", "src/Netcd.Engine/State/ReplicatedState.cs",
            "Changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), ConfStateJson.Encode(ConfState)));", "", 10)
            { Faults = [FaultKind.MemberChange, .. Restarts] },
        new("a start takes the changes of the membership that it has yet to apply", "src/Netcd.Engine/Starting/LoggedConfiguration.cs",
            "entries.TakeWhile(entry => entry.Index <= index)", "entries", 20) { Faults = [FaultKind.MemberChange, .. Restarts] },
        new("a start takes a change of the membership that was refused", "src/Netcd.Engine/Starting/LoggedConfiguration.cs",
            "? before.After(change, maxLearners(change.NodeId), [], out _)",
            "? before with { ConfState = before.ConfState.After(change.ToV2()) }", 40) { Faults = [FaultKind.MemberChange, .. Restarts] },
        new("a compaction drops the version that is visible at its revision", Compaction,
            "keepFrom = record.LastAtOrBefore(compactRevision);", "keepFrom = record.LastAtOrBefore(compactRevision) + 1;", 5)
            { Faults = Compactions },
        new("a compaction keeps the deletion before its revision", Compaction,
            "record.History![keepFrom].IsTombstone && record.History[keepFrom].Main < compactRevision",
            "record.History![keepFrom].IsTombstone && record.History[keepFrom].Main < 0", 20) { Faults = Compactions },
        new("a compaction drops the deletion at its revision", Compaction,
            "!record.IsLive && record.ModMain < compactRevision", "!record.IsLive && record.ModMain <= compactRevision", 20)
            { Faults = Compactions },
        new("a compaction forgets to delete", "src/Netcd.Engine/Mvcc/Compaction.cs",
            "deleted += count;", "deleted = dropped.Count;", 5) { Faults = Compactions },
        new("a compaction that was begun is forgotten at a start", Restore,
            "Math.Max(ReadCompaction(view, Schema.FinishedCompact), ReadCompaction(view, Schema.ScheduledCompact))",
            "ReadCompaction(view, Schema.FinishedCompact)", 20) { Faults = Compactions },
        new("the revision goes back after a compaction and a start", Restore, "Math.Max(revision, compacted)",
            "compacted > 0 ? compacted : revision", 20) { Faults = Compactions },
        new("a start takes one revision too many", Restore, "Math.Max(revision, compacted)",
            "Math.Max(revision, compacted) + 1", 5) { Faults = Restarts },
        new("the count is wrong where a limit ends the walk", Range, "? state.Index.CountLive(interval)", "? revisions.Count", 5),
        new("count only counts one too many", Range, "return state.Index.CountLive(interval);",
            "return state.Index.CountLive(interval) + 1;", 5),
        new("greater is greater or equal in a transaction", "src/Netcd.Engine/Apply/CompareWalk.cs", "=> order > 0,", "=> order >= 0,", 5),
        new("a transaction's failure branch is taken for its success", "src/Netcd.Engine/Apply/TxnPlan.cs",
            "succeeded ? request.Success : request.Failure", "succeeded ? request.Failure : request.Success", 2),
        new("the previous value is left out where it was the first", "src/Netcd.Engine/Apply/KvApplier.cs",
            "request.PrevKv && isAnswered ? kv.ToMessage() : null",
            "request.PrevKv && isAnswered && kv.Version > 1 ? kv.ToMessage() : null", 2),
        new("changes of one transaction share their sub revision", Store,
            "new(Revision + 1, changesInTransaction++)", "new(Revision + 1, changesInTransaction++ / 2)", 5),
        new("a deletion takes no revision", Store, "changesInTransaction > 0 ? Revision + 1 : Revision", "Revision", 2),
        new("all conditions of a transaction are looked at in one step", "src/Netcd.Engine/Apply/CompareWalk.cs",
            "if (meter.Spend(1))", "meter.Spend(1);\n            if (resumeAt is not null)", 10)
            { Focus = RunFocus.SlowApplies },
        new("a deletion is done in one step", "src/Netcd.Engine/Apply/KvApplier.cs",
            "Math.Max(1, meter.Left)", "int.MaxValue", 40) { Focus = RunFocus.SlowApplies },
        new("who waits stands in the queue behind what takes long", Apply, "case ApplyWork.Register register:", """
                case ApplyWork.Register when running is not null:
                    port.Inbox.Add(work);
                    break;
                case ApplyWork.Register register:
            """, 10)
            { Focus = RunFocus.SlowApplies },
        new("the backend commits while an entry is under way", Apply, "Expire(nowMilliseconds);\n            return nowMilliseconds;",
            "writer.Step(nowMilliseconds, applied);\n            Expire(nowMilliseconds);\n            return nowMilliseconds;", 10)
            { Faults = Restarts },
        new("a part that is read later shows the end of its transaction", "src/Netcd.Engine/Apply/RangeParts.cs",
            "Late.Add(store.Freeze(), request, fill);", "Late.Add(store.Working, request, fill);", 10),
        new("a snapshot is sent in which its receiver is not a member", "src/Netcd.Engine/Snapshots/OutgoingSnapshots.cs",
            "if (!position.ConfState.Names(request.To))", "if (request.To == 0)", 40)
            { Faults = [FaultKind.MemberChange, FaultKind.Wipe] },
        new("the version starts again at each member's start", Restore,
            "kv.CreateRevision, kv.Version)", "kv.CreateRevision, 1)", 5) { Faults = Restarts },
    ];
}
