using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Requests;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// The way of requests into the log: what may be refused without asking raft is refused here, and what waits for it is bounded.
/// For any thread.
/// </summary>
public sealed class ProposalQueue
{
    private readonly ConsensusPort consensus;
    private readonly LogPort log;
    private readonly RequestIds ids;
    private readonly ReplicatedState state;
    private readonly long maxRequestBytes;
    private readonly bool prefersRevocations;
    private readonly MonotonicClock clock;
    private int queued;
    private long queuedBytes;
    private long failed;
    private int isStopping;

    internal ProposalQueue(
        ConsensusPort consensus,
        LogPort log,
        RequestIds ids,
        ReplicatedState state,
        long maxRequestBytes,
        bool prefersRevocations,
        MonotonicClock clock)
    {
        this.clock = clock;
        this.prefersRevocations = prefersRevocations;
        this.consensus = consensus;
        this.log = log;
        this.ids = ids;
        this.state = state;
        this.maxRequestBytes = maxRequestBytes;
    }

    /// <summary>Requests that wait to be proposed.</summary>
    public int Queued => Volatile.Read(ref queued);

    /// <summary>Requests that were proposed and failed, or were given up.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>Whether the member stops: nothing is taken any more.</summary>
    internal bool IsStopping => Volatile.Read(ref isStopping) != 0;

    /// <summary>What the conditions of requests under way cost.</summary>
    internal ConditionCosts Conditions { get; } = new();

    /// <summary>Sends a request through the log. Its outcome comes by <see cref="PendingRequest.Complete"/>.</summary>
    /// <returns>Why it was refused at once, or null.</returns>
    public EtcdError? Propose(PendingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (RefusalOfAll() is { } refusal)
        {
            return refusal;
        }

        RaftPosition position = consensus.Position;
        if (position.CommitIndex > position.AppliedIndex + MostAhead(request))
        {
            return EtcdErrors.TooManyRequests;
        }

        request.Times?.Queued = clock.Now;
        request.Id = ids.Next();
        request.Request.Header = new RequestHeader
        {
            ID = request.Id,
            Username = request.Caller.User,
            AuthRevision = request.Caller.Revision,
        };
        request.Encoded = request.Request.ToByteArray();
        if (request.Encoded.Length > maxRequestBytes)
        {
            return EtcdErrors.RequestTooLarge;
        }

        request.ConditionCost = request.Request.Txn is { } txn ? CostOf(txn) : 0;
        if (request.ConditionCost > Limits.MaxComparedRecords)
        {
            return EtcdErrors.RequestTooLarge;
        }

        if (!Conditions.TryAdd(request.ConditionCost))
        {
            return EtcdErrors.TooManyRequests;
        }

        if (!TryQueue(request.Encoded.Length))
        {
            Conditions.Remove(request.ConditionCost);
            return EtcdErrors.TooManyRequests;
        }

        consensus.Proposals.Add(request);
        return null;
    }

    /// <summary>
    /// Why nothing may enter the log, whoever asks for it: a lease that ends would fill the last of its room as a put does.
    /// </summary>
    private EtcdError? RefusalOfAll() => IsStopping ? EtcdErrors.Stopped : log.IsRunningOut ? EtcdErrors.NoSpace : null;

    /// <summary>How far the log may be ahead of what is applied; ended leases make less of it, so they may go further.</summary>
    private ulong MostAhead(PendingRequest request) =>
        Limits.MaxCommittedNotAppliedEntries * (prefersRevocations && request.Request.LeaseRevoke is not null ? 2UL : 1UL);

    /// <summary>Sends a change of the membership through the log. Its outcome comes by <see cref="PendingRequest.Complete"/>.</summary>
    /// <param name="request">The caller that waits; its request is empty.</param>
    /// <param name="type">What to do.</param>
    /// <param name="memberId">To whom.</param>
    /// <param name="carried">What to add or update; null for a removal.</param>
    /// <returns>Why it was refused at once, or null.</returns>
    public EtcdError? ProposeChange(PendingRequest request, ConfChangeType type, MemberId memberId, MemberChange? carried)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (RefusalOfAll() is { } refusal)
        {
            return refusal;
        }

        request.Id = ids.Next();
        byte[] context = carried is null ? [] : type == ConfChangeType.UpdateNode ? carried.Member.ToJson() : carried.ToJson();
        request.Change = new ConfChange { Id = request.Id, Type = type, NodeId = memberId, Context = context };
        if (!TryQueue(0))
        {
            return EtcdErrors.TooManyRequests;
        }

        consensus.Proposals.Add(request);
        return null;
    }

    /// <summary>Why a checked Txn is refused for what its conditions cost, or null (<see cref="Limits.MaxComparedRecords"/>).</summary>
    public EtcdError? CheckCost(TxnRequest request) => CostOf(request) > Limits.MaxComparedRecords ? EtcdErrors.RequestTooLarge : null;

    /// <summary>Refuses new requests from now on.</summary>
    internal void Stop() => Volatile.Write(ref isStopping, 1);

    /// <summary>The requests are about to enter the log.</summary>
    internal void Taken(IReadOnlyList<PendingRequest> requests)
    {
        long bytes = 0;
        foreach (PendingRequest request in requests)
        {
            bytes += request.Encoded.Length;
            request.Times?.Proposed = clock.Now;
        }

        Dequeue(requests.Count, bytes);
    }

    /// <summary>A request that was taken did not enter the log, or was not applied in time.</summary>
    internal void CountFailed() => Interlocked.Increment(ref failed);

    /// <summary>Gives up a request that was not taken.</summary>
    internal void Drop(PendingRequest request, EtcdError error)
    {
        Interlocked.Increment(ref failed);
        Dequeue(1, request.Encoded.Length);
        Conditions.Remove(request.ConditionCost);
        request.Complete(new ApplyResult(error));
    }

    private long CostOf(TxnRequest request) => TxnCost.OfConditions(state.Store.Published.Index, request);

    private bool TryQueue(int bytes)
    {
        int count = Interlocked.Increment(ref queued);
        if (Interlocked.Add(ref queuedBytes, bytes) > Limits.MaxQueuedProposalBytes || count > Limits.MaxQueuedProposals)
        {
            Dequeue(1, bytes);
            return false;
        }

        return true;
    }

    private void Dequeue(int count, long bytes)
    {
        Interlocked.Add(ref queued, -count);
        Interlocked.Add(ref queuedBytes, -bytes);
    }
}
