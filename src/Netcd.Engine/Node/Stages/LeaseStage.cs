using Microsoft.Extensions.Logging;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// The part of leases that the leader alone has: how much time they have left, keep-alives, and the end of those whose time is
/// over, which goes through the log. It reads the replicated state, and must be stepped by the thread that steps the apply stage.
/// </summary>
/// <remarks>
/// <para>A member counts from when it has applied an entry of the term that it leads in. Then a leader before it can have nothing
/// committed any more: whatever the old one appends in its own term after this one was elected conflicts with the entry that this
/// one has committed, and will never be committed. Revocations and checkpoints enter the log only in the term in which they
/// were decided (<see cref="PendingRequest.OnlyInTerm"/>) and are never passed on to another leader. So a leader that stood still,
/// and wakes up believing that all leases have expired, revokes none (etcd issue 15247): etcd asks a quorum first, and its proposal
/// may still be passed on to the next leader.</para>
/// <para>A keep-alive is answered without the log, so it needs that this member still leads. A leader that loses its quorum steps
/// down within two election timeouts; its successor is elected one after the last contact at the soonest, and gives every lease
/// one more. That holds for a clock that runs: a member that stood still asks a quorum before it answers
/// (<see cref="LeaseCalls"/>).</para>
/// </remarks>
internal sealed class LeaseStage : IStage
{
    /// <summary>Until an entry of the new term is applied; there is no message for it.</summary>
    private const int PollMilliseconds = 10;

    private readonly ReplicatedState state;
    private readonly LeaseClock clock;
    private readonly ulong memberId;
    private readonly NodeTiming timing;
    private readonly LeaseStageInputs inputs;
    private readonly LeaseCalls calls;
    private readonly LeaseProposals proposals;
    private readonly LeaseLists lists;
    private readonly Inbox<LeaseWork> inbox = new();
    private readonly ILogger log;
    private ulong term;
    private long lastStep = long.MinValue;

    public LeaseStage(ReplicatedState state, LeaseClock clock, ulong memberId, NodeTiming timing, LeaseStageInputs inputs, ILogger log)
    {
        this.state = state;
        this.clock = clock;
        this.memberId = memberId;
        this.timing = timing;
        this.inputs = inputs;
        this.log = log;
        proposals = new LeaseProposals(clock, state.LeaseMetrics, new IdComparer(state.Seed), inputs, Later, log);
        lists = new LeaseLists(state, inputs.Elsewhere);
        calls = new LeaseCalls(state, clock, timing, inputs, proposals, Later);
    }

    public string Name => "leases";

    public bool BlocksOnDisk => false;

    public void SetWaker(Action wake) => inbox.SetWaker(wake);

    /// <summary>Takes a question, from any thread.</summary>
    public void Ask(PendingLeaseCall call) => inbox.Add(new LeaseWork { Call = call });

    /// <summary>Takes keep-alives, from any thread.</summary>
    public void Ask(PendingRenewals renewals) => inbox.Add(new LeaseWork { Renewals = renewals });

    /// <summary>A lease was granted, revoked or checkpointed.</summary>
    public void Changed(long id) => inbox.Add(new LeaseWork { ChangedId = id });

    /// <summary>Another leader is known, or none.</summary>
    public void LeaderChanged() => Later(static _ => { });

    public long Step(long nowMilliseconds)
    {
        RaftPosition position = inputs.Position();
        ObserveLeadership(position, nowMilliseconds);
        foreach (LeaseWork work in inbox.Drain())
        {
            Take(work, position, nowMilliseconds);
        }

        lists.Step(nowMilliseconds);
        if (term == 0)
        {
            return Math.Min(lists.Next, position.LeaderId == memberId ? nowMilliseconds + PollMilliseconds : long.MaxValue);
        }

        calls.Step(position, nowMilliseconds);
        long next = proposals.Step(nowMilliseconds);
        clock.Trim(state.Leases.All);
        next = Math.Min(next, lists.Next);
        return Math.Min(Math.Min(next, calls.IsWaiting ? nowMilliseconds + PollMilliseconds : long.MaxValue), nowMilliseconds + timing.TickMilliseconds);
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        foreach (LeaseWork work in inbox.Drain())
        {
            work.Call?.Complete(LeaseAnswer.Of(error));
            work.Renewals?.FailAll(error);
        }

        calls.FailAll(error);
        lists.FailAll(error);
    }

    private void Later(Action<long> work) => inbox.Add(new LeaseWork { Continuation = work });

    private void Take(in LeaseWork work, RaftPosition position, long now)
    {
        if (work.Renewals is not null)
        {
            calls.Take(work.Renewals, position, term != 0, now);
        }
        else if (work.Call is { Question: LeaseQuery.List })
        {
            lists.Add(work.Call);
        }
        else if (work.Call is not null)
        {
            calls.Take(work.Call, position, term != 0, now);
        }
        else if (work.Continuation is not null)
        {
            work.Continuation(now);
        }
        else if (term != 0)
        {
            if (state.Leases.TryFind(work.ChangedId, out GrantedLease? lease))
            {
                clock.Add(lease, now);
            }

            calls.Changed(work.ChangedId, position, now);
        }
    }

    private void ObserveLeadership(RaftPosition position, long now)
    {
        bool leads = position.LeaderId == memberId && position.AppliedTerm == position.Term;
        ulong ledTerm = leads ? position.Term : 0;
        if (ledTerm != term)
        {
            if (term != 0)
            {
                calls.FailAll(EtcdErrors.NotPrimaryLessor);
                clock.Stop(state.Leases.All);
            }

            term = ledTerm;
            proposals.Lead(term);
            if (term != 0)
            {
                clock.Start(state.Leases.All, now);
                calls.Start();
                log.LogInformation("counting the time of {Count} leases at term {Term}", state.Leases.Count, term);
            }
        }
        else if (term != 0 && now - lastStep > 3 * timing.TickMilliseconds)
        {
            calls.OnPaused();
        }

        lastStep = now;
    }

    private readonly struct LeaseWork
    {
        public PendingRenewals? Renewals { get; init; }

        public PendingLeaseCall? Call { get; init; }

        public long ChangedId { get; init; }

        public Action<long>? Continuation { get; init; }
    }
}

/// <summary>What the lease stage sees and uses of the node around it.</summary>
/// <param name="Position">Where raft stands.</param>
/// <param name="NotesTimes">Whether the time left to leases is noted in the log.</param>
/// <param name="Propose">Sends a request through the log; returns why it was refused at once, or null.</param>
/// <param name="ConfirmRead">Has a quorum confirm that local state is current.</param>
/// <param name="Elsewhere">Has something done on another thread than the engine's.</param>
internal sealed record LeaseStageInputs(
    Func<RaftPosition> Position,
    Func<bool> NotesTimes,
    Func<PendingRequest, EtcdError?> Propose,
    Action<PendingRead> ConfirmRead,
    Action<Action> Elsewhere);
