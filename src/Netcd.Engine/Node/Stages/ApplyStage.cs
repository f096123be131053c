using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Applies committed entries in the order of the log, publishes the result to readers, completes the requests that wait, and hands what
/// was changed to the backend, together with the index of the last entry in it (invariant 3).
/// </summary>
/// <remarks>
/// A step does so much work and no more (<see cref="WorkMeter"/>); an entry that needs more goes on in the next ones. While one is under
/// way nothing else touches the replicated state: the entries behind it wait, nothing is committed, no commit is taken over.
/// </remarks>
internal sealed class ApplyStage : IStage
{
    private readonly ReplicatedState state;
    private readonly EntryApplier applier;
    private readonly BackendWriter writer;
    private readonly ApplyPort port;
    private readonly ApplyOutputs outputs;
    private readonly NodeTiming timing;
    private readonly WorkMeter meter;
    private readonly ProposalQueue proposals;
    private readonly IAuthEvents events;
    private readonly NodeMetrics metrics;
    private readonly SlowRequests slow;

    /// <summary>Requests whose conditions cost something and whose entries were not seen yet.</summary>
    private readonly Dictionary<ulong, UnseenCondition> unseen = [];
    private readonly ILogger log;
    private readonly Queue<ApplyWork> backlog = [];
    private BackendCommit? heldCommit;
    private DefragmentationStep? heldStep;
    private Message? applying;
    private int nextEntry;
    private long taken;
    private RunningEntry? running;
    private readonly Dictionary<ulong, PendingRequest> waiters = [];
    private readonly List<(PendingRequest Request, ApplyResult Result)> outcomes = [];
    private long nextExpiry = long.MinValue;
    private bool isUnpublished;
    private ApplyPosition applied;

    public ApplyStage(
        ReplicatedState state,
        BackendWriter writer,
        ApplyPort port,
        ApplyOutputs outputs,
        NodeTiming timing,
        ApplyPosition start,
        ApplyRules rules,
        int workPerStep,
        ProposalQueue proposals,
        IAuthEvents events,
        NodeMetrics metrics,
        SlowRequests slow,
        ILogger log)
    {
        this.metrics = metrics;
        this.slow = slow;
        this.proposals = proposals;
        this.events = events;
        meter = new WorkMeter(workPerStep);
        this.state = state;
        this.writer = writer;
        this.port = port;
        this.outputs = outputs;
        this.timing = timing;
        this.log = log;
        applied = start;
        applier = new EntryApplier(state, rules, meter, events, outputs.Leases.Changed, metrics.Store, log);
    }

    public string Name => "apply";

    public bool BlocksOnDisk => false;

    public int Waiting => port.Inbox.Count;

    public void SetWaker(Action wake) => port.Inbox.SetWaker(wake);

    /// <summary>Units of work done since the start, for the simulation: what a step takes of its thread's time.</summary>
    internal long WorkDone => meter.Total;

    public long Step(long nowMilliseconds)
    {
        TakeWork(nowMilliseconds);
        meter.Refill();
        while (!meter.IsSpent && Advance())
        {
        }

        PublishWhatIsWhole();

        // Raft counts entries as applied by the message. What the backend holds it may drop from its log, so no commit begins within one.
        if (running is not null || applying is not null)
        {
            Expire(nowMilliseconds);
            return nowMilliseconds;
        }

        TakeCommit(nowMilliseconds);
        long nextCommit = writer.Step(nowMilliseconds, applied);
        Expire(nowMilliseconds);
        bool isMore = backlog.Count > 0 && !writer.IsFull;
        return isMore ? nowMilliseconds : Math.Min(nextCommit, waiters.Count + unseen.Count > 0 ? nextExpiry : long.MaxValue);
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        ApplyResult failure = new(error);
        foreach ((PendingRequest request, ApplyResult result) in outcomes)
        {
            result.Late?.Dispose();
            request.Complete(failure);
        }

        outcomes.Clear();
        foreach (PendingRequest request in waiters.Values)
        {
            request.Complete(failure);
        }

        waiters.Clear();
        writer.Defragmentation.FailAll(error);
        foreach (ApplyWork.Defragment asked in backlog.Concat(port.Inbox.Drain()).OfType<ApplyWork.Defragment>())
        {
            asked.Done(error);
        }
    }

    private void TakeWork(long now)
    {
        foreach (ApplyWork work in port.Inbox.Drain())
        {
            // Callers that wait, and what ends a wait, must not stand in the queue behind what takes long.
            switch (work)
            {
                case ApplyWork.Register register:
                    Register(register.Requests, now);
                    break;
                case ApplyWork.Reject reject:
                    See(reject.Request.Id);
                    waiters.Remove(reject.Request.Id);
                    reject.Request.Complete(new ApplyResult(reject.Error));
                    break;
                case ApplyWork.Committed committed:
                    heldCommit = committed.Commit;
                    break;
                case ApplyWork.Defragmented defragmented:
                    heldStep = defragmented.Step;
                    break;
                case ApplyWork.Entries entries:
                    entries.TakenNanoseconds = metrics.Flushes is null ? 0 : metrics.Clock.Now;
                    backlog.Enqueue(entries);
                    break;
                default:
                    backlog.Enqueue(work);
                    break;
            }
        }

        if (running is null)
        {
            TakeCommit(now);
        }
    }

    private void Register(PendingRequest[] requests, long now)
    {
        foreach (PendingRequest request in requests)
        {
            waiters[request.Id] = request;
            if (request.ConditionCost > 0)
            {
                unseen[request.Id] = new UnseenCondition(request.ConditionCost, now + (2 * timing.WaitOf(int.MaxValue)));
            }
        }
    }

    private void TakeCommit(long now)
    {
        if (heldCommit is { } commit)
        {
            heldCommit = null;
            writer.Committed(commit, now);
        }

        if (heldStep is { } step)
        {
            heldStep = null;
            writer.Defragmented(step, now);
        }
    }

    /// <summary>Does the next piece of work; false where there is none, or none that may be begun.</summary>
    private bool Advance()
    {
        if (running is not null)
        {
            Continue();
        }
        else if (applying is not null)
        {
            ApplyNextEntry();
        }
        else if (!writer.IsFull && backlog.TryDequeue(out ApplyWork? work))
        {
            Handle(work);
        }
        else
        {
            return false;
        }

        return true;
    }

    private void Handle(ApplyWork work)
    {
        switch (work)
        {
            case ApplyWork.Entries entries:
                (applying, nextEntry, taken) = (entries.Message, 0, entries.TakenNanoseconds);
                break;
            case ApplyWork.ForceCommit force:
                writer.ForceCommit(force.Done);
                break;
            case ApplyWork.Defragment defragment:
                writer.Defragmentation.Ask(defragment.Done);
                break;
            case ApplyWork.Install install:
                metrics.SnapshotsInstalling.Increment();
                writer.Pause(() => outputs.Backend.Open(install.Snapshot));
                break;
            case ApplyWork.Opened opened:
                SwitchTo(opened.Snapshot);
                break;
        }
    }

    private void SwitchTo(InstalledSnapshot snapshot)
    {
        if (snapshot.Index <= applied.Index)
        {
            throw new InvalidOperationException($"a snapshot at {snapshot.Index} was to replace the state at {applied.Index}");
        }

        // Compactions of the old state do not go on; that their revision is compacted stands in the new one.
        foreach (Compaction compaction in state.Compactions)
        {
            compaction.OnFinished.ForEach(static finished => finished());
        }

        ulong index = applied.Index;
        AuthTable former = state.Auth;
        state.ReplaceBy(snapshot.State);
        state.Auth.ReportChanges(former, events);
        applied = applied with { Index = snapshot.Index, Term = snapshot.Term };
        writer.Restart(applied);
        outputs.Peers.Update();
        outputs.Log.Installed();
        outputs.Watches.Published();
        metrics.SnapshotsInstalling.Decrement();
        log.AppliedSnapshot(index, snapshot.Index, snapshot.Term);
    }

    private void ApplyNextEntry()
    {
        Message message = applying!;
        if (nextEntry < message.Entries.Length)
        {
            Apply(message.Entries.Span[nextEntry++]);
            return;
        }

        applying = null;
        PublishWhatIsWhole();
        foreach (Message response in message.Responses)
        {
            outputs.Responses.Send(response);
        }
    }

    /// <summary>
    /// Publishes all that is applied, but for an entry that is under way: first visible to readers, then acknowledged, as who has the
    /// answer
    /// must find the change.
    /// </summary>
    private void PublishWhatIsWhole()
    {
        if (!isUnpublished || state.Store.IsInTransaction)
        {
            return;
        }

        isUnpublished = false;
        state.Store.Publish();
        outputs.Watches.Published();
        foreach ((PendingRequest request, ApplyResult result) in outcomes)
        {
            if (result.Late is null)
            {
                request.Complete(result);
            }
            else
            {
                outputs.Answers.Finish(request, result);
            }
        }

        outcomes.Clear();
    }

    private void Apply(in Entry entry)
    {
        if (entry.Index != applied.Index + 1)
        {
            throw new InvalidOperationException($"entry {entry.Index} was to be applied after entry {applied.Index}");
        }

        switch (entry.Type)
        {
            case EntryType.Normal when !entry.Data.IsEmpty:
                ApplyRequest(entry);
                break;
            case EntryType.ConfChange when EntrySense.TryReadChange(entry.Data, out ConfChange change, out _):
                ApplyConfChange(change);
                break;
            case EntryType.ConfChange:
                PassOver(entry, "no change of the membership");
                break;
            case not EntryType.Normal:
                PassOver(entry, EntrySense.UnknownType(entry.Type));
                break;
        }

        meter.SpendBytes(entry.Data.Length);
        if (running is null)
        {
            EndEntry(entry);
        }
    }

    private void EndEntry(in Entry entry)
    {
        isUnpublished = true;
        applied = new ApplyPosition(entry.Index, entry.Term, applied.LogBytes + entry.Data.Length);
    }

    private void ApplyRequest(in Entry entry)
    {
        PendingRequest? waiter = Waiter(entry, out ulong id, out InternalRaftRequest request, out string? fault);
        if (fault is not null)
        {
            PassOver(entry, fault);
            AddOutcome(waiter, new ApplyResult(EtcdErrors.Timeout));
            return;
        }

        if (waiter?.Times is { } times)
        {
            times.Logged = metrics.Flushes?.TimeOf(entry.Index) ?? 0;
            times.Committed = taken;
        }

        long began = metrics.Clock.Now;
        if (applier.Begin(request, isAnswered: waiter is not null) is { } pieces)
        {
            running = new RunningEntry(entry, id, pieces, waiter, request, began);
        }
        else
        {
            ApplyResult result = applier.Apply(request, entry.Index);
            Observe(request, result, began);
            AddOutcome(waiter, result);
        }
    }

    /// <summary>Notes how long an entry took; that what is asked for is compacted is no failure, as in etcd.</summary>
    private void Observe(InternalRaftRequest request, in ApplyResult result, long began)
    {
        long took = metrics.Clock.Now - began;
        bool hasSucceeded = result.Error is null || result.Error == EtcdErrors.Compacted;
        metrics.Apply.Observe(ApplyOperations.Of(request), hasSucceeded, took);
        slow.NoteEntry(took, request, result.Response, result.Error);
    }

    private void Continue()
    {
        RunningEntry entry = running!;
        if (!entry.Pieces.MoveNext())
        {
            throw new InvalidOperationException($"entry {entry.Entry.Index} ended without a result");
        }

        if (entry.Pieces.Current is { } result)
        {
            running = null;
            Observe(entry.Request, result, entry.Began);
            See(entry.Id);
            AddOutcome(entry.Waiter, result);
            EndEntry(entry.Entry);
        }
    }

    /// <summary>The entry is applied: who still waits for it is going to be answered.</summary>
    private void AddOutcome(PendingRequest? waiter, in ApplyResult result)
    {
        waiter?.Times?.Applied = metrics.Clock.Now;
        if (waiter is null || !waiters.Remove(waiter.Id))
        {
            result.Late?.Dispose();
        }
        else if (result.Until is { } compaction)
        {
            ApplyResult answer = result;
            compaction.OnFinished.Add(() => waiter.Complete(answer));
        }
        else
        {
            outcomes.Add((waiter, result));
        }
    }

    /// <summary>
    /// An entry that makes no sense changes nothing, on no member: its bytes alone decide. The index goes on behind it, since the cluster
    /// has
    /// agreed on it, and a member that ended here would end at each start again.
    /// </summary>
    private void PassOver(in Entry entry, string? fault) =>
        log.PassedOverEntry(entry.Index, entry.Term, fault);

    /// <summary>Who waits for the entry, and its request: the waiter's own where there is one, so that it is not decoded again.</summary>
    private PendingRequest? Waiter(in Entry entry, out ulong id, out InternalRaftRequest request, out string? fault)
    {
        if (RequestEnvelope.TryReadId(entry.Data.Span, out id) && waiters.TryGetValue(id, out PendingRequest? waiter))
        {
            if (entry.Data.Span.Overlaps(waiter.Encoded))
            {
                request = waiter.Request;
                fault = EntrySense.Fault(request);
                return waiter;
            }
        }
        else
        {
            waiter = null;
        }

        EntrySense.TryReadRequest(entry.Data, out request, out fault);
        return waiter;
    }

    private void ApplyConfChange(ConfChange change)
    {
        EtcdError? refusal = applier.ApplyConfChange(change);
        if (refusal is null)
        {
            outputs.Consensus.Reconfigure(change);
            outputs.Peers.Update();
        }

        AddOutcome(waiters.GetValueOrDefault(change.Id), refusal is null ? new ApplyResult(new EmptyResponse()) : new ApplyResult(refusal));
    }

    /// <summary>What the conditions of a request cost is paid, or never will be.</summary>
    private void See(ulong id)
    {
        if (unseen.Count > 0 && unseen.Remove(id, out UnseenCondition? condition))
        {
            proposals.Conditions.Remove(condition.Cost);
        }
    }

    private void Expire(long now)
    {
        if (nextExpiry == long.MinValue)
        {
            nextExpiry = now + NodeTiming.ExpiryMilliseconds;
        }

        if (now < nextExpiry)
        {
            return;
        }

        nextExpiry = now + NodeTiming.ExpiryMilliseconds;
        foreach (ulong id in unseen.Where(item => now >= item.Value.Until).Select(static item => item.Key).ToArray())
        {
            See(id);
        }

        List<PendingRequest>? late = null;
        foreach (PendingRequest request in waiters.Values)
        {
            if (now >= request.DeadlineMilliseconds)
            {
                (late ??= []).Add(request);
            }
        }

        foreach (PendingRequest request in late ?? [])
        {
            waiters.Remove(request.Id);
            proposals.CountFailed();
            request.Complete(new ApplyResult(timing.Expiry(request, now)));
        }
    }

    /// <summary>An entry that is applied in pieces.</summary>
    /// <param name="Entry">The entry.</param>
    /// <param name="Id">The id of its request; 0 where it has none.</param>
    /// <param name="Pieces">Does a piece at each move; the one that gives a result is the last.</param>
    /// <param name="Waiter">Who waited for it when it was begun; it may be given up meanwhile.</param>
    /// <param name="Request">What it asks for.</param>
    /// <param name="Began">When it was begun.</param>
    private sealed record RunningEntry(
        Entry Entry, ulong Id, IEnumerator<ApplyResult?> Pieces, PendingRequest? Waiter, InternalRaftRequest Request, long Began);

    /// <param name="Cost">What the conditions cost.</param>
    /// <param name="Until">When the entry is taken for lost.</param>
    private sealed record UnseenCondition(long Cost, long Until);
}
