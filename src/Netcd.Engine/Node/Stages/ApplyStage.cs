using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Applies committed entries in the order of the log, publishes the result to readers, answers who waits, and hands what
/// was changed to the backend, together with the index of the last entry in it (invariant 3).
/// </summary>
internal sealed class ApplyStage : IStage
{
    private readonly ReplicatedState state;
    private readonly EntryApplier applier;
    private readonly BackendWriter writer;
    private readonly IApplyOutputs outputs;
    private readonly NodeTiming timing;
    private readonly ILogger log;
    private readonly Inbox<ApplyWork> inbox = new();
    private readonly Queue<ApplyWork> backlog = [];
    private readonly Dictionary<ulong, PendingRequest> waiters = [];
    private readonly List<(PendingRequest Request, ApplyResult Result)> outcomes = [];
    private long nextExpiry = long.MinValue;
    private ApplyPosition applied;

    public ApplyStage(
        ReplicatedState state,
        BackendWriter writer,
        IApplyOutputs outputs,
        NodeTiming timing,
        ApplyPosition start,
        ApplyRules rules,
        ILogger log)
    {
        this.state = state;
        this.writer = writer;
        this.outputs = outputs;
        this.timing = timing;
        this.log = log;
        applied = start;
        applier = new EntryApplier(state, rules, outputs.LeaseChanged, log);
    }

    public string Name => "apply";

    public bool BlocksOnDisk => false;

    public void OnWork(Action wake) => inbox.OnWork(wake);

    /// <summary>The requests are on their way: whose entry is applied is answered.</summary>
    public void Register(IReadOnlyList<PendingRequest> requests) => inbox.Add(new ApplyWork { Registered = [.. requests] });

    /// <summary>The request did not enter the log.</summary>
    public void Reject(PendingRequest request, EtcdError error) => inbox.Add(new ApplyWork { Rejected = request, Error = error });

    /// <summary>Asks for a storage-apply message of raft to be carried out.</summary>
    public void Apply(Message message) => inbox.Add(new ApplyWork { Message = message });

    /// <summary>A snapshot of another member is in the log: let its image take the backend's place.</summary>
    public void Install(Snapshot snapshot) => inbox.Add(new ApplyWork { Snapshot = snapshot });

    /// <summary>A snapshot of another member is opened in the backend's place: go over to it.</summary>
    public void Opened(InstalledSnapshot snapshot) => inbox.Add(new ApplyWork { Installed = snapshot });

    /// <summary>The backend has committed a batch.</summary>
    public void Committed(BackendCommit commit) => inbox.Add(new ApplyWork { Commit = commit });

    /// <summary>Asks for all that is applied to be committed now; the action runs when it is durable.</summary>
    public void ForceCommit(Action done) => inbox.Add(new ApplyWork { OnCommitted = done });

    public long Step(long nowMilliseconds)
    {
        TakeWork(nowMilliseconds);
        long nextCommit = writer.Step(nowMilliseconds, applied);
        Expire(nowMilliseconds);
        return Math.Min(nextCommit, waiters.Count > 0 ? nextExpiry : long.MaxValue);
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        foreach (PendingRequest request in waiters.Values)
        {
            request.Complete(new ApplyResult(error));
        }

        waiters.Clear();
    }

    private void TakeWork(long now)
    {
        foreach (ApplyWork work in inbox.Drain())
        {
            // What ends a wait for the backend must not stand in the queue behind what waits for it.
            if (work.Commit is not null)
            {
                writer.Committed(work.Commit, now);
            }
            else
            {
                backlog.Enqueue(work);
            }
        }

        while (!writer.IsFull && backlog.TryDequeue(out ApplyWork work))
        {
            Take(work);
        }
    }

    private void Take(in ApplyWork work)
    {
        if (work.Registered is not null)
        {
            foreach (PendingRequest request in work.Registered)
            {
                waiters[request.Id] = request;
            }
        }
        else if (work.Message is not null)
        {
            ApplyEntries(work.Message);
        }
        else if (work.Rejected is not null)
        {
            waiters.Remove(work.Rejected.Id);
            work.Rejected.Complete(new ApplyResult(work.Error!));
        }
        else if (work.OnCommitted is not null)
        {
            writer.ForceCommit(work.OnCommitted);
        }
        else if (work.Snapshot is { } snapshot)
        {
            writer.Pause(() => outputs.Open(snapshot));
        }
        else if (work.Installed is not null)
        {
            Take(work.Installed);
        }
    }

    private void Take(InstalledSnapshot snapshot)
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

        state.ReplaceBy(snapshot.State);
        applied = applied with { Index = snapshot.Index, Term = snapshot.Term };
        writer.Restart(applied);
        outputs.MembersChanged();
        outputs.Installed();
        outputs.Published();
    }

    private void ApplyEntries(Message message)
    {
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            Apply(entry);
        }

        // First visible to readers, then acknowledged: who has the answer must find the change.
        state.Store.Publish();
        outputs.Published();
        foreach ((PendingRequest request, ApplyResult result) in outcomes)
        {
            request.Complete(result);
        }

        outcomes.Clear();
        foreach (Message response in message.Responses)
        {
            outputs.Respond(response);
        }
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

        applied = new ApplyPosition(entry.Index, entry.Term, applied.LogBytes + entry.Data.Length);
    }

    private void ApplyRequest(in Entry entry)
    {
        PendingRequest? waiter = Waiter(entry, out InternalRaftRequest request, out string? fault);
        if (fault is not null)
        {
            PassOver(entry, fault);
            waiter?.Complete(new ApplyResult(EtcdErrors.Timeout));
            return;
        }

        ApplyResult result = applier.Apply(request, out Compaction? deferred);
        if (waiter is null)
        {
            return;
        }

        if (deferred is null)
        {
            outcomes.Add((waiter, result));
        }
        else
        {
            deferred.OnFinished.Add(() => waiter.Complete(result));
        }
    }

    /// <summary>
    /// An entry that makes no sense changes nothing, on no member: its bytes alone decide. The index goes on behind it, since the cluster has
    /// agreed on it, and a member that ended here would end at each start again.
    /// </summary>
    private void PassOver(in Entry entry, string? fault) =>
        log.LogError("passed over entry {Index} of term {Term}, which makes no sense: {Fault}", entry.Index, entry.Term, fault);

    /// <summary>Who waits for the entry, and its request: the waiter's own where there is one, so that it is not decoded again.</summary>
    private PendingRequest? Waiter(in Entry entry, out InternalRaftRequest request, out string? fault)
    {
        if (RequestEnvelope.TryReadId(entry.Data.Span, out ulong id) && waiters.Remove(id, out PendingRequest? waiter))
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
            outputs.ConfChanged(change);
            outputs.MembersChanged();
        }

        if (waiters.Remove(change.Id, out PendingRequest? waiter))
        {
            outcomes.Add((waiter, refusal is null ? new ApplyResult(new EmptyResponse()) : new ApplyResult(refusal)));
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
            request.Complete(new ApplyResult(timing.Expiry(request, now)));
        }
    }

    private readonly struct ApplyWork
    {
        public PendingRequest[]? Registered { get; init; }

        public PendingRequest? Rejected { get; init; }

        public EtcdError? Error { get; init; }

        public Message? Message { get; init; }

        public BackendCommit? Commit { get; init; }

        public Action? OnCommitted { get; init; }

        public Snapshot? Snapshot { get; init; }

        public InstalledSnapshot? Installed { get; init; }
    }
}
