using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Snapshots;
using Netcd.Engine.State;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// The apply stage's dealings with the backend: when a commit is due and what goes into it, the steps of a compaction, and
/// when a raft snapshot is due. One commit is under way at a time; what is applied meanwhile makes up the next.
/// </summary>
internal sealed class BackendWriter(
    ReplicatedState state, BackendWriterOptions options, ApplyOutputs outputs, DefragmentationTurns defragmentation, NodeMetrics metrics,
    ILogger log,
    ulong committedIndex,
    ulong snapshotIndex)
{
    private readonly List<Action> onCommitted = [];
    private readonly List<Action> onCommittedInFlight = [];
    private InFlight? inFlight;
    private readonly Queue<Action> whenIdle = [];
    private int pauses;
    private ulong committedIndex = committedIndex;
    private ulong snapshotIndex = snapshotIndex;
    private long snapshotLogBytes;
    private long committedRevision = state.Store.Revision;
    private long dirtySince = long.MaxValue;
    private long nextDeletion = long.MinValue;
    private Compaction? measured;
    private long compactionBegan;

    /// <summary>Who waits for a defragmentation, and its next step.</summary>
    public DefragmentationTurns Defragmentation => defragmentation;

    /// <summary>Whether apply must pause until a commit is through.</summary>
    public bool IsFull => state.Store.PendingBytes > Limits.MaxPendingRecordBytes;

    /// <summary>Has all that is applied committed soon; the action runs when it is durable.</summary>
    public void ForceCommit(Action done) => onCommitted.Add(done);

    /// <summary>
    /// Begins no more commits until <see cref="Restart"/>, for what they would write belongs to a state that is about to be
    /// replaced. Each pause has its restart: another snapshot may come in while one is being installed.
    /// </summary>
    /// <param name="idle">Runs when neither a commit nor a step of a defragmentation is under way any more.</param>
    public void Pause(Action idle)
    {
        pauses++;
        whenIdle.Enqueue(idle);
        RunIdle();
    }

    /// <summary>
    /// The state was replaced by a snapshot that the backend holds already. Callers that waited for a commit of the old state have it:
    /// all of that was agreed on and is part of the new one.
    /// </summary>
    public void Restart(in ApplyPosition applied)
    {
        pauses--;
        committedIndex = snapshotIndex = applied.Index;
        snapshotLogBytes = applied.LogBytes;
        committedRevision = state.Store.Revision;
        dirtySince = long.MaxValue;
        nextDeletion = long.MinValue;
        RunAll(onCommitted);
    }

    /// <summary>Starts what is due; returns when it wants to be called again at the latest.</summary>
    public long Step(long now, in ApplyPosition applied)
    {
        if (pauses > 0)
        {
            return long.MaxValue;
        }

        bool isCompacting = StepCompaction();
        if (applied.Index > committedIndex && dirtySince == long.MaxValue)
        {
            dirtySince = now;
        }

        if (AreDeletionsReady && now >= nextDeletion && !state.Held.MayDelete(Running!.Revision))
        {
            nextDeletion = now + Math.Max(1, options.CompactionSleepMilliseconds);
        }

        if (IsIdle && IsDue(now) && !defragmentation.IsOverdue(now))
        {
            Commit(now, applied);
        }
        else if (IsIdle && defragmentation.IsDue(now))
        {
            defragmentation.Begin(now);
        }

        return isCompacting ? now : NextDeadline();
    }

    /// <summary>The batch under way is durable.</summary>
    public void Committed(BackendCommit commit, long now)
    {
        InFlight done = inFlight ?? throw new InvalidOperationException("a commit ended that was not begun");
        inFlight = null;
        committedIndex = commit.Batch.ConsistentIndex;
        committedRevision = done.Revision;
        state.Store.Committed(commit.Batch.Records.Count, commit.View);
        nextDeletion = now + options.CompactionSleepMilliseconds;
        RunAll(onCommittedInFlight);
        if (done.Finished is not null)
        {
            ObserveEnd(done.Finished);
            if (done.Finished.Sum is { } sum)
            {
                state.Sums.Add(sum);
            }

            RunAll(done.Finished.OnFinished);
        }

        RunIdle();
        bool isDue = committedIndex - snapshotIndex >= options.SnapshotCount
            || done.LogBytes - snapshotLogBytes >= options.SnapshotLogBytes;
        if (isDue || (done.IsSnapshotDue && committedIndex > snapshotIndex))
        {
            snapshotIndex = committedIndex;
            snapshotLogBytes = done.LogBytes;
            RaftSnapshot snapshot = new(committedIndex, commit.Batch.Term, done.ConfState, done.Members);
            outputs.Log.Save(snapshot);
            outputs.Consensus.Compact(snapshot);
        }
    }

    /// <summary>The backend has done a step of a defragmentation.</summary>
    public void Defragmented(DefragmentationStep step, long now)
    {
        defragmentation.Ended(step, now);
        RunIdle();
    }

    private bool IsIdle => inFlight is null && !defragmentation.IsUnderWay;

    private Compaction? Running => state.Compactions.TryPeek(out Compaction? compaction) ? compaction : null;

    /// <summary>Whether all that the compaction may delete is in the file.</summary>
    private bool IsFlushed => Running is { IsIndexDone: true } compaction && committedRevision >= compaction.Revision;

    private bool AreDeletionsReady => IsFlushed && Running!.IsSummed;

    private bool StepCompaction()
    {
        if (Running is { IsIndexDone: false } compaction)
        {
            long began = metrics.Clock.Now;
            if (measured != compaction)
            {
                (measured, compactionBegan) = (compaction, began);
            }

            compaction.StepIndex(Limits.CompactionIndexKeysPerStep);
            metrics.Clock.Observe(metrics.Backend.IndexCompactionPause, began);
            return true;
        }

        if (IsFlushed && !AreDeletionsReady)
        {
            Running!.StepSum(state.Store.Published.View, Limits.CompactionSumRecordsPerStep);
            return true;
        }

        return false;
    }

    private void ObserveEnd(Compaction finished)
    {
        long now = metrics.Clock.Now;
        TimeSpan? took = null;
        if (measured == finished)
        {
            metrics.Backend.Compaction.Observe(now - compactionBegan);
            took = TimeSpan.FromTicks((now - compactionBegan) / TimeSpan.NanosecondsPerTick);
        }

        metrics.Backend.CompactionEnded(now);
        log.FinishedCompaction(finished.Revision, took, finished.DroppedRecords, finished.Sum?.Hash);
        measured = null;
    }

    private bool IsDue(long now) =>
        onCommitted.Count > 0
        || state.Store.PendingCount >= options.BatchLimit
        || (dirtySince != long.MaxValue && now >= dirtySince + options.BatchIntervalMilliseconds)
        || (AreDeletionsReady && now >= nextDeletion)
        || (Running is { IsIndexDone: true } && !IsFlushed);

    private long NextDeadline()
    {
        if (!IsIdle)
        {
            return long.MaxValue;
        }

        long flush = dirtySince == long.MaxValue ? long.MaxValue : dirtySince + options.BatchIntervalMilliseconds;
        long next = Math.Min(flush, defragmentation.NextDeadline());
        return AreDeletionsReady ? Math.Min(next, nextDeletion) : next;
    }

    private void Commit(long now, in ApplyPosition applied)
    {
        List<CompactedRecord> deletions = [];
        Compaction? finished = null;
        if (AreDeletionsReady && now >= nextDeletion)
        {
            Compaction compaction = Running!;
            deletions = compaction.TakeDeletions(options.CompactionBatchLimit);
            if (compaction.IsDone)
            {
                finished = state.Compactions.Dequeue();
                state.Changes.Add(new BucketChange(
                    Schema.Meta.ToArray(), Schema.FinishedCompact.ToArray(), Compaction.EncodeMark(finished.Revision)));
            }
        }

        inFlight = new InFlight(
            state.Store.Revision, applied.LogBytes, state.ConfState, state.Members, finished, state.IsSnapshotDue);
        state.IsSnapshotDue = false;
        onCommittedInFlight.AddRange(onCommitted);
        onCommitted.Clear();
        dirtySince = long.MaxValue;
        committedIndex = applied.Index;
        outputs.Backend.Commit(new BackendBatch
        {
            Records = state.Store.TakePending(state.Store.PendingCount),
            Deletions = deletions,
            Changes = state.TakeChanges(),
            ConsistentIndex = applied.Index,
            Term = applied.Term,
        });
    }

    private void RunIdle()
    {
        while (IsIdle && whenIdle.TryDequeue(out Action? idle))
        {
            idle();
        }
    }

    private static void RunAll(List<Action> actions)
    {
        Action[] due = [.. actions];
        actions.Clear();
        foreach (Action action in due)
        {
            action();
        }
    }

    private sealed record InFlight(
        long Revision, long LogBytes, ConfState ConfState, ClusterMembers Members, Compaction? Finished, bool IsSnapshotDue);
}

/// <summary>When the backend is committed to, and how fast a compaction may go.</summary>
/// <param name="BatchIntervalMilliseconds">Longest wait of a change for a commit.</param>
/// <param name="BatchLimit">Changes that make a commit due at once.</param>
/// <param name="CompactionBatchLimit">Records that a compaction deletes in one commit.</param>
/// <param name="CompactionSleepMilliseconds">Pause between two such commits.</param>
/// <param name="SnapshotCount">Entries between two raft snapshots.</param>
/// <param name="SnapshotLogBytes">Bytes of entries between two, however few they are.</param>
internal sealed record BackendWriterOptions(
    long BatchIntervalMilliseconds, int BatchLimit, int CompactionBatchLimit, long CompactionSleepMilliseconds, ulong SnapshotCount,
    long SnapshotLogBytes);
