using Netcd.Engine.Apply;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>Answers the questions about leases that come to this member, now or when what they wait for has happened.</summary>
internal sealed class LeaseCalls(
    ReplicatedState state, LeaseClock clock, NodeTiming timing, LeasePort port, LeaseOutputs outputs, LeaseProposals proposals)
{
    /// <summary>How long a call waits until what was committed before it is applied. etcd's.</summary>
    private const int ApplyTimeoutMilliseconds = 1_000;

    /// <summary>Those that wait for a quorum's word that this member still leads.</summary>
    private readonly List<PendingLeaseCall> unconfirmed = [];

    /// <summary>Those that wait for entries to be applied, in the order of the indexes.</summary>
    private readonly Queue<(PendingLeaseCall Call, ulong Index, long Deadline)> unapplied = [];

    /// <summary>Keep-alives that wait for the lease's revocation, or for its checkpoint to be cleared.</summary>
    private readonly Dictionary<long, List<PendingLeaseCall>> awaitingRevocation = new(new IdComparer(state.Seed));

    /// <summary>Leases whose checkpoint must be cleared before they are renewed.</summary>
    private readonly List<long> toClear = [];
    private readonly HashSet<long> clearing = new(new IdComparer(state.Seed));
    private bool isConfirmed;
    private bool isAsking;
    private int pauses;
    private int waiting;
    private long nextExpiry;

    /// <summary>Whether calls wait for something that no message announces.</summary>
    public bool IsWaiting => unapplied.Count > 0;

    /// <summary>This member has become the leader: an entry of its term is committed, so a quorum follows it.</summary>
    public void Start()
    {
        isConfirmed = true;
        pauses++;
        clearing.Clear();
        toClear.Clear();
    }

    /// <summary>
    /// The process stood still, and another leader may have been elected meanwhile: what is asked from now on, and what was
    /// confirmed before, waits for a quorum's word.
    /// </summary>
    public void OnPaused()
    {
        isConfirmed = false;
        pauses++;
    }

    /// <summary>Takes a call.</summary>
    public void Handle(PendingLeaseCall call, RaftPosition position, bool leads, long now)
    {
        if (!leads)
        {
            call.Complete(LeaseAnswer.Of(EtcdErrors.NotPrimaryLessor));
        }
        else if (waiting >= Limits.MaxWaitingLeaseCalls)
        {
            call.Complete(LeaseAnswer.Of(EtcdErrors.TooManyRequests));
        }
        else
        {
            waiting++;
            call.DeadlineMilliseconds = now + timing.WaitOf(call.TimeoutMilliseconds);
            Decide(call, position, position.CommitIndex, now);
        }
    }

    /// <summary>Takes keep-alives: answers those that nothing stands in the way of, and has each of the others go its own way.</summary>
    public void Handle(PendingRenewals renewals, RaftPosition position, bool leads, long now)
    {
        bool isAnswering = leads && isConfirmed;
        bool isLimited = !state.Auth.IsUnlimited(renewals.Caller);
        for (int at = 0; at < renewals.Renewals.Length; at++)
        {
            if (isLimited && AccessCheck.CheckLease(state.Auth, renewals.Caller, renewals.Renewals[at].Id, state.Leases) is { } denial)
            {
                renewals.Answer(at, 0, denial);
            }
            else if (isAnswering && state.Leases.TryFind(renewals.Renewals[at].Id, out GrantedLease? lease) && TryRenew(lease, now))
            {
                renewals.Answer(at, clock.GrantedSeconds(lease));
            }
            else
            {
                Handle(renewals.Single(at), position, leads, now);
            }
        }
    }

    /// <summary>Something has happened to a lease.</summary>
    public void Changed(long id, RaftPosition position, long now)
    {
        if (awaitingRevocation.Remove(id, out List<PendingLeaseCall>? calls))
        {
            foreach (PendingLeaseCall call in calls)
            {
                Decide(call, position, position.AppliedIndex, now);
            }
        }
    }

    /// <summary>Goes on with those whose wait is over; this member leads.</summary>
    public void Step(RaftPosition position, long now)
    {
        while (unapplied.TryPeek(out (PendingLeaseCall Call, ulong Index, long Deadline) first)
            && (first.Index <= position.AppliedIndex || now >= first.Deadline))
        {
            unapplied.Dequeue();
            if (first.Index <= position.AppliedIndex)
            {
                Decide(first.Call, position, position.AppliedIndex, now);
            }
            else
            {
                Complete(first.Call, LeaseAnswer.Of(EtcdErrors.TimeoutWaitingForApply));
            }
        }

        AskForConfirmation();
        ClearCheckpoints();
        Expire(now);
    }

    /// <summary>Ends all waits.</summary>
    public void FailAll(EtcdError error)
    {
        LeaseAnswer answer = LeaseAnswer.Of(error);
        PendingLeaseCall[] calls =
            [.. unconfirmed, .. unapplied.Select(static item => item.Call), .. awaitingRevocation.Values.SelectMany(static list => list)];
        unconfirmed.Clear();
        unapplied.Clear();
        awaitingRevocation.Clear();
        foreach (PendingLeaseCall call in calls)
        {
            Complete(call, answer);
        }
    }

    /// <summary>Answers a call, or has it wait.</summary>
    /// <param name="call">The call.</param>
    /// <param name="position">Where raft stands.</param>
    /// <param name="needed">What has to be applied for the answer: all that was committed when the call came.</param>
    /// <param name="now">The time.</param>
    private void Decide(PendingLeaseCall call, RaftPosition position, ulong needed, long now)
    {
        if (!isConfirmed)
        {
            unconfirmed.Add(call);
            return;
        }

        bool exists = state.Leases.TryFind(call.Id, out GrantedLease? lease);
        if (needed > position.AppliedIndex && !(exists && call.Question == LeaseQuery.Renew))
        {
            unapplied.Enqueue((call, needed, now + ApplyTimeoutMilliseconds));
        }
        else if (lease is null)
        {
            Complete(call, LeaseAnswer.Of(EtcdErrors.LeaseNotFound));
        }
        else if (call.Question == LeaseQuery.Renew)
        {
            Renew(call, lease, now);
        }
        else
        {
            Complete(call, Inspect(lease, call.Question == LeaseQuery.InspectWithKeys, now));
        }
    }

    private void Renew(PendingLeaseCall call, GrantedLease lease, long now)
    {
        if (TryRenew(lease, now))
        {
            Complete(call, new LeaseAnswer { TtlSeconds = clock.GrantedSeconds(lease) });
            return;
        }

        Wait(call);
        if (!LeaseClock.IsExpired(lease, now) && clearing.Add(lease.Id))
        {
            toClear.Add(lease.Id);
        }
    }

    private bool TryRenew(GrantedLease lease, long now)
    {
        // One whose time is over is on its way out, and whether it goes is decided by the log: its owner hears of it then.
        if (LeaseClock.IsExpired(lease, now))
        {
            return false;
        }

        // The next leader must not begin with the little time that was left before this renewal.
        if (lease.RemainingSeconds > 0 || proposals.MayHaveNoted(lease.Id))
        {
            return false;
        }

        clock.Renew(lease, now);
        state.LeaseMetrics.Renewed.Increment();
        return true;
    }

    private LeaseAnswer Inspect(GrantedLease lease, bool withKeys, long now)
    {
        return new LeaseAnswer
        {
            TtlSeconds = (lease.DeadlineMilliseconds - now) / 1_000,
            GrantedSeconds = clock.GrantedSeconds(lease),
            Keys = withKeys ? lease.Keys() : [],
        };
    }

    private void Wait(PendingLeaseCall call)
    {
        if (!awaitingRevocation.TryGetValue(call.Id, out List<PendingLeaseCall>? calls))
        {
            awaitingRevocation.Add(call.Id, calls = []);
        }

        calls.Add(call);
    }

    private void AskForConfirmation()
    {
        if (isAsking || unconfirmed.Count == 0)
        {
            return;
        }

        isAsking = true;
        int asked = pauses;
        outputs.Consensus.Read(new Confirmation(error => port.Continue(now => Confirmed(error, asked, now))));
    }

    private void Confirmed(EtcdError? error, int asked, long now)
    {
        isAsking = false;
        if (error is not null || asked != pauses)
        {
            return;
        }

        isConfirmed = true;
        PendingLeaseCall[] calls = [.. unconfirmed];
        unconfirmed.Clear();
        RaftPosition position = outputs.Consensus.Position;
        foreach (PendingLeaseCall call in calls)
        {
            Decide(call, position, position.CommitIndex, now);
        }
    }

    private void ClearCheckpoints()
    {
        foreach (long[] batch in toClear.Chunk(Limits.LeasesPerCheckpoint))
        {
            proposals.Clear(batch, (error, now) => Cleared(batch, error, now));
        }

        toClear.Clear();
    }

    private void Cleared(long[] batch, EtcdError? error, long now)
    {
        foreach (long id in batch)
        {
            clearing.Remove(id);
            if (error is null)
            {
                // They have heard of it already, but were still held back by a checkpoint that is settled only now.
                Changed(id, outputs.Consensus.Position, now);
            }
            else if (awaitingRevocation.Remove(id, out List<PendingLeaseCall>? calls))
            {
                calls.ForEach(call => Complete(call, LeaseAnswer.Of(error)));
            }
        }
    }

    private void Expire(long now)
    {
        if (waiting == 0 || now < nextExpiry)
        {
            return;
        }

        nextExpiry = now + NodeTiming.ExpiryMilliseconds;
        Expire(unconfirmed, now);
        foreach ((long id, List<PendingLeaseCall> calls) in awaitingRevocation.ToArray())
        {
            Expire(calls, now);
            if (calls.Count == 0)
            {
                awaitingRevocation.Remove(id);
            }
        }
    }

    private void Expire(List<PendingLeaseCall> calls, long now)
    {
        List<PendingLeaseCall> late = calls.FindAll(call => now >= call.DeadlineMilliseconds);
        calls.RemoveAll(call => now >= call.DeadlineMilliseconds);
        foreach (PendingLeaseCall call in late)
        {
            Complete(call, LeaseAnswer.Of(timing.Expiry(call.TimeoutMilliseconds)));
        }
    }

    private void Complete(PendingLeaseCall call, LeaseAnswer answer)
    {
        waiting--;
        call.Complete(answer);
    }

    private sealed class Confirmation(Action<EtcdError?> done) : PendingRead
    {
        protected internal override void Complete(EtcdError? error) => done(error);
    }
}
