using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Metering;
using Netcd.Engine.Scheduling;
using Netcd.Engine.State;
using Netcd.Raft;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Commits the batches that the apply stage hands over, one after the other, and puts the image of a snapshot received in
/// the place of the file.
/// </summary>
/// <remarks>
/// A failed commit is fatal (invariant 4): the exception ends the process. But where the disk has no room for its pages, nothing of it
/// is in the file and all of it is in the log: it is tried again until there is room, and the member reads on meanwhile.
/// </remarks>
internal sealed class BackendStage(
    BackendDirectory backend, HashSeed seed, BackendPort port, ApplyPort apply, NodeMetrics metrics, ILogger log) : IStage
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly Queue<BackendWork> due = [];
    private List<BackendWork>? begun;
    private long nextTry;
    private bool lacksRoom;
    private BackendDefragmentation? defragmentation;
    private long defragmentedSince;

    public string Name => "backend";

    public bool BlocksOnDisk => true;

    public int Waiting => port.Inbox.Count;

    /// <summary>Whether the disk has no room for what is to be committed; for any thread.</summary>
    public bool LacksRoom => Volatile.Read(ref lacksRoom);

    public void SetWaker(Action wake) => port.Inbox.SetWaker(wake);

    public void Begin() => begun ??= port.Inbox.Drain();

    public long Step(long nowMilliseconds)
    {
        foreach (BackendWork taken in begun ?? port.Inbox.Drain())
        {
            due.Enqueue(taken);
        }

        begun = null;
        if (lacksRoom && nowMilliseconds < nextTry)
        {
            return nextTry;
        }

        while (due.TryPeek(out BackendWork? work))
        {
            if (work is BackendWork.Commit commit && !TryCommit(commit.Batch))
            {
                return nextTry = nowMilliseconds + Limits.RoomRetryMilliseconds;
            }

            if (work is BackendWork.Open open)
            {
                apply.Opened(Replace(open.Snapshot.Metadata));
            }

            if (work is BackendWork.Defragment)
            {
                apply.Defragmented(Defragment(nowMilliseconds));
            }

            due.Dequeue();
        }

        return long.MaxValue;
    }

    private bool TryCommit(BackendBatch batch)
    {
        BackendFile file = backend.File;
        long began = metrics.Clock.Now;
        try
        {
            file.Commit(batch);
            Observe(batch, began);
        }
        catch (IOException full) when (DiskErrors.IsLackOfRoom(full) && file.TakesWrites)
        {
            if (!lacksRoom)
            {
                log.BackendLacksRoom(full.Message);
            }

            Volatile.Write(ref lacksRoom, true);
            return false;
        }

        if (lacksRoom)
        {
            log.BackendHasRoom();
            Volatile.Write(ref lacksRoom, false);
        }

        apply.Committed(new BackendCommit(batch, file.OpenView()));
        return true;
    }

    private void Observe(BackendBatch batch, long began)
    {
        metrics.Clock.Observe(metrics.Backend.Commit, began);
        if (batch.Deletions.Count > 0)
        {
            metrics.Clock.Observe(metrics.Backend.CompactionPause, began);
            metrics.Backend.CompactedRecords.Add(batch.Deletions.Count);
        }
    }

    /// <summary>A step: a commit like any other, but that want of room ends the defragmentation: no change waits for it.</summary>
    private DefragmentationStep Defragment(long now)
    {
        BackendFile file = backend.File;
        try
        {
            BackendDefragmentation running = Running(file, now);
            BoltDefragmentationStep step = running.Step();
            if (step == BoltDefragmentationStep.Done)
            {
                metrics.Backend.Defragmentation.Observe((now - defragmentedSince) * NanosecondsPerMillisecond);
                metrics.Backend.DefragmentationsRunning.Decrement();
                metrics.Backend.ReclaimedBytes.Add(running.ReclaimedBytes);
                running.ReportEnd(TimeSpan.FromMilliseconds(now - defragmentedSince));
                End();
            }

            return new DefragmentationStep(step, step == BoltDefragmentationStep.Committed ? file.OpenView() : null);
        }
        catch (IOException full) when (DiskErrors.IsLackOfRoom(full) && file.TakesWrites)
        {
            metrics.Backend.DefragmentationsRunning.Decrement();
            End();
            return new DefragmentationStep(BoltDefragmentationStep.Done, null) { Failure = full.Message };
        }
    }

    /// <summary>The one that is under way; where a snapshot's image has taken the file's place it begins anew with that.</summary>
    private BackendDefragmentation Running(BackendFile file, long now)
    {
        if (defragmentation is { } running && running.File == file)
        {
            return running;
        }

        if (defragmentation is null)
        {
            metrics.Backend.DefragmentationsRunning.Increment();
            defragmentedSince = now;
        }

        End();
        return defragmentation = new BackendDefragmentation(file, log);
    }

    private void End()
    {
        defragmentation?.End();
        defragmentation = null;
    }

    private InstalledSnapshot Replace(SnapshotMetadata metadata)
    {
        BackendFile file = backend.ReplaceByReceived(metadata);
        log.OpenedSnapshotBackend();
        return new InstalledSnapshot(metadata.Index, metadata.Term, ReplicatedState.Restore(file.OpenView(), seed));
    }
}

/// <summary>A batch that is durable, and the view of the file with it.</summary>
internal sealed record BackendCommit(BackendBatch Batch, BackendView View);

/// <summary>What a step of a defragmentation came to, and the view of the file behind it where it has committed.</summary>
internal sealed record DefragmentationStep(BoltDefragmentationStep Outcome, BackendView? View)
{
    /// <summary>What it has ended with, as the disk has no room.</summary>
    public string? Failure { get; init; }
}

/// <summary>A snapshot whose image has taken the backend's place, and the state read from it.</summary>
internal sealed record InstalledSnapshot(ulong Index, ulong Term, ReplicatedState State);

/// <summary>How far the log is applied.</summary>
/// <param name="Index">The last entry that the state stands for.</param>
/// <param name="Term">Its term.</param>
/// <param name="LogBytes">Bytes of the entries applied, counted from the raft snapshot on that the member started with.</param>
internal readonly record struct ApplyPosition(ulong Index, ulong Term, long LogBytes);
