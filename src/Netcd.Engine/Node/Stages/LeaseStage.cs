using Microsoft.Extensions.Logging;
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
    private readonly LeasePort port;
    private readonly LeaseOutputs outputs;
    private readonly LeaseCalls calls;
    private readonly LeaseProposals proposals;
    private readonly LeaseLists lists;
    private readonly ILogger log;
    private ulong term;
    private long lastStep = long.MinValue;

    public LeaseStage(
        ReplicatedState state,
        LeaseClock clock,
        ulong memberId,
        NodeTiming timing,
        LeasePort port,
        LeaseOutputs outputs,
        ILogger log)
    {
        this.state = state;
        this.clock = clock;
        this.memberId = memberId;
        this.timing = timing;
        this.port = port;
        this.outputs = outputs;
        this.log = log;
        proposals = new LeaseProposals(state, clock, port, outputs, log);
        lists = new LeaseLists(state, outputs.Answers);
        calls = new LeaseCalls(state, clock, timing, port, outputs, proposals);
    }

    public string Name => "leases";

    public bool BlocksOnDisk => false;

    public int Waiting => port.Inbox.Count;

    public void SetWaker(Action wake) => port.Inbox.SetWaker(wake);

    public long Step(long nowMilliseconds)
    {
        RaftPosition position = outputs.Consensus.Position;
        ObserveLeadership(position, nowMilliseconds);
        foreach (LeaseWork work in port.Inbox.Drain())
        {
            Handle(work, position, nowMilliseconds);
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
        next = Math.Min(next, calls.IsWaiting ? nowMilliseconds + PollMilliseconds : long.MaxValue);
        return Math.Min(next, nowMilliseconds + timing.TickMilliseconds);
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        foreach (LeaseWork work in port.Inbox.Drain())
        {
            (work as LeaseWork.Call)?.Question.Complete(LeaseAnswer.Of(error));
            (work as LeaseWork.Renew)?.Renewals.FailAll(error);
        }

        calls.FailAll(error);
        lists.FailAll(error);
    }

    private void Handle(LeaseWork work, RaftPosition position, long now)
    {
        switch (work)
        {
            case LeaseWork.Renew renew:
                calls.Handle(renew.Renewals, position, term != 0, now);
                break;
            case LeaseWork.Call { Question: { Question: LeaseQuery.List or LeaseQuery.ListWithKeys } list }:
                lists.Add(list);
                break;
            case LeaseWork.Call call:
                calls.Handle(call.Question, position, term != 0, now);
                break;
            case LeaseWork.Continue next:
                next.Continuation(now);
                break;
            case LeaseWork.Changed changed when term != 0:
                Changed(changed.Id, position, now);
                break;
        }
    }

    private void Changed(long id, RaftPosition position, long now)
    {
        if (state.Leases.TryFind(id, out GrantedLease? lease))
        {
            clock.Add(lease, now);
        }

        calls.Changed(id, position, now);
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
                log.CountingLeases(state.Leases.Count, term);
            }
        }
        else if (term != 0 && now - lastStep > 3 * timing.TickMilliseconds)
        {
            calls.OnPaused();
        }

        lastStep = now;
    }
}
