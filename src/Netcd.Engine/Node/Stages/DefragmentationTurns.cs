using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// The apply stage's part of a defragmentation: who waits for one, and when its next step is due. Steps come between the commits, one
/// at a time, and each is followed by a pause as long as itself, so that the disk is free for others half of the time.
/// </summary>
/// <remarks>
/// Who asks while one runs waits for the next: what was deleted meanwhile is to be gone too. All that wait then share it.
/// </remarks>
internal sealed class DefragmentationTurns(ReplicatedState state, BackendPort backend, int freePercent, ILogger log)
{
    private readonly List<Action<EtcdError?>> waiting = [];
    private readonly List<Action<EtcdError?>> served = [];
    private bool isRunning;
    private long begun;
    private long next = long.MinValue;
    private long nextLook = long.MinValue;
    private long freeBehindLast;

    /// <summary>Whether a step is under way: nothing may be committed then.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Asks for one; the action runs when it has ended.</summary>
    public void Ask(Action<EtcdError?> done)
    {
        log.StartingDefragment();
        waiting.Add(done);
    }

    /// <summary>Whether a step may begin.</summary>
    public bool IsDue(long now) =>
        !IsUnderWay && (isRunning || waiting.Count > 0 ? now >= next : freePercent > 0 && now >= nextLook && IsWorthwhile(now));

    /// <summary>Whether commits have kept it waiting for so long that it comes first.</summary>
    public bool IsOverdue(long now) =>
        isRunning && next != long.MinValue && now - next > Limits.DefragmentationPatienceMilliseconds && IsDue(now);

    /// <summary>When it wants to be asked again.</summary>
    public long NextDeadline()
    {
        if (IsUnderWay)
        {
            return long.MaxValue;
        }

        return isRunning || waiting.Count > 0 ? next : freePercent > 0 ? nextLook : long.MaxValue;
    }

    /// <summary>Has the next step done.</summary>
    public void Begin(long now)
    {
        if (!isRunning)
        {
            isRunning = true;
            served.AddRange(waiting);
            waiting.Clear();
        }

        IsUnderWay = true;
        begun = now;
        backend.Defragment();
    }

    /// <summary>The step that was under way has ended.</summary>
    public void Ended(DefragmentationStep step, long now)
    {
        IsUnderWay = false;
        if (step.View is { } view)
        {
            state.Store.Committed(0, view);
        }

        next = now + PauseBehind(step, now);
        if (step.Failure is not null || step.Outcome == BoltDefragmentationStep.Done)
        {
            End(step.Failure, now);
        }
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        Answer(served, error);
        Answer(waiting, error);
    }

    private void End(string? failure, long now)
    {
        isRunning = false;
        next = long.MinValue;
        nextLook = now + Limits.AutoDefragmentationLookMilliseconds;
        freeBehindLast = FreeBytes;
        if (failure is not null)
        {
            log.FailedToDefragment(failure);
            Answer(served, EtcdErrors.NoRoomToDefragment);
            return;
        }

        if (served.Count > 0)
        {
            log.FinishedDefragment();
            Answer(served, null);
        }
    }

    private static void Answer(List<Action<EtcdError?>> callers, EtcdError? error)
    {
        Action<EtcdError?>[] due = [.. callers];
        callers.Clear();
        foreach (Action<EtcdError?> done in due)
        {
            done(error);
        }
    }

    private long PauseBehind(DefragmentationStep step, long now) => step.Outcome switch
    {
        BoltDefragmentationStep.Looked => 0,
        BoltDefragmentationStep.Waits => Limits.DefragmentationWaitMilliseconds,
        // By itself it takes its time, unless somebody waits for it to end.
        BoltDefragmentationStep.Committed when served.Count + waiting.Count == 0 =>
            Math.Max(now - begun, Limits.DefragmentationBytesPerStep * 1_000L / Limits.AutoDefragmentationBytesPerSecond),
        _ => Math.Clamp(now - begun, 1, Limits.DefragmentationPatienceMilliseconds),
    };

    private long FreeBytes => state.Store.Published.View.Transaction.FreeBytes;

    /// <summary>Whether the file has so many free pages as the operator has said, and not just those that the last one has left.</summary>
    private bool IsWorthwhile(long now)
    {
        nextLook = now + Limits.AutoDefragmentationLookMilliseconds;
        long size = state.Store.Published.View.Transaction.SizeBytes;
        return FreeBytes * 100 >= size * freePercent && FreeBytes - freeBehindLast >= Limits.AutoDefragmentationLeastBytes;
    }
}
