using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// What the leader puts into the log on behalf of leases: the end of those whose time is over, a bounded number at a time, and
/// how much time is left to those that live long.
/// </summary>
/// <param name="state">What is replicated.</param>
/// <param name="clock">Tells which leases are due.</param>
/// <param name="port">Has something done in the lease stage's next step.</param>
/// <param name="outputs">Takes the proposals.</param>
/// <param name="log">Where failures are logged.</param>
internal sealed class LeaseProposals(ReplicatedState state, LeaseClock clock, LeasePort port, LeaseOutputs outputs, ILogger log)
{
    /// <summary>Leases of which a checkpoint may be in the log without being applied, and which proposal the last such one was.</summary>
    private readonly Dictionary<long, ulong> noted = new(new IdComparer(state.Seed));
    private ulong proposed;
    private ulong term;
    private int revocations;
    private int keysInRevocation;
    private bool isCheckpointing;

    /// <summary>This member leads in that term; 0 where it leads no more.</summary>
    public void Lead(ulong ledTerm)
    {
        term = ledTerm;
        noted.Clear();
    }

    /// <summary>
    /// Whether a checkpoint of the lease may be on its way. The next leader may begin with the little time that it says, so nobody is
    /// to be sent a renewal before it is taken back.
    /// </summary>
    public bool MayHaveNoted(long id) => noted.ContainsKey(id);

    /// <summary>Proposes what is due; returns when it wants to be called again at the latest.</summary>
    public long Step(long now)
    {
        int looks = Limits.LeaseLooksPerStep;
        while (HasRoom && clock.TakeExpired(now, ref looks) is { } lease)
        {
            Revoke(lease, now);
        }

        bool notes = outputs.Checkpoints.IsEnabled;
        if (notes && !isCheckpointing && clock.NextCheckpoint <= now)
        {
            Checkpoint(now);
        }

        // Where there is no room, or a checkpoint is under way, its end is the next step's reason.
        long revocation = HasRoom ? clock.NextDeadline : long.MaxValue;
        long checkpoint = notes && !isCheckpointing ? clock.NextCheckpoint : long.MaxValue;
        return Math.Max(now, Math.Min(revocation, checkpoint));
    }

    /// <summary>Has checkpoints say that the whole time of these leases counts again.</summary>
    /// <param name="ids">The leases, at most <see cref="Limits.LeasesPerCheckpoint"/>.</param>
    /// <param name="done">Called in a later step, with why it failed, or null.</param>
    public void Clear(IReadOnlyList<long> ids, Action<EtcdError?, long> done)
    {
        LeaseCheckpointRequest request = new();
        request.Checkpoints.AddRange(ids.Select(static id => new LeaseCheckpoint { ID = id }));
        ulong order = ++proposed;
        Propose(new InternalRaftRequest { LeaseCheckpoint = request }, (error, now) =>
        {
            Settle(ids, order, error);
            done(error, now);
        });
    }

    private bool HasRoom =>
        revocations < Limits.MaxLeaseRevocationsInFlight && (revocations == 0 || keysInRevocation < Limits.MaxLeaseKeysInRevocation);

    private void Revoke(GrantedLease lease, long now)
    {
        int keys = lease.KeyCount;
        ulong decidedIn = term;
        revocations++;
        keysInRevocation += keys;
        Propose(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = lease.Id } }, (error, at) =>
        {
            revocations--;
            keysInRevocation -= keys;
            if (error is null)
            {
                state.LeaseMetrics.Expired.Increment();
            }

            if (error is null || lease.IsRevoked || decidedIn != term)
            {
                return;
            }

            log.FailedToRevokeLease(lease.Id, error.Message);
            clock.Retry(lease, at + Limits.LeaseRevocationRetryMilliseconds);
        });
    }

    private void Checkpoint(long now)
    {
        List<(GrantedLease Lease, long RemainingSeconds)> due = clock.TakeCheckpoints(now, Limits.LeasesPerCheckpoint);
        if (due.Count == 0)
        {
            return;
        }

        LeaseCheckpointRequest request = new();
        request.Checkpoints.AddRange(
            due.Select(static item => new LeaseCheckpoint { ID = item.Lease.Id, RemainingTTL = item.RemainingSeconds }));
        long[] ids = [.. due.Select(static item => item.Lease.Id)];
        ulong order = ++proposed;
        foreach (long id in ids)
        {
            noted[id] = order;
        }

        isCheckpointing = true;
        Propose(new InternalRaftRequest { LeaseCheckpoint = request }, (error, _) =>
        {
            isCheckpointing = false;
            Settle(ids, order, error);
        });
    }

    /// <summary>
    /// What is applied stands behind every checkpoint that was proposed before it. One that failed may be in the log nevertheless.
    /// </summary>
    private void Settle(IReadOnlyList<long> ids, ulong order, EtcdError? error)
    {
        foreach (long id in error is null ? ids : [])
        {
            if (noted.TryGetValue(id, out ulong last) && last <= order)
            {
                noted.Remove(id);
            }
        }
    }

    /// <summary>The request enters the log in this term or not at all.</summary>
    private void Propose(InternalRaftRequest request, Action<EtcdError?, long> done)
    {
        if (term == 0)
        {
            throw new InvalidOperationException("a member that does not lead was to propose for leases");
        }

        // The end of a lease takes its keys with it, whoever may write them.
        LeaseProposal proposal = new(request, error => port.Continue(now => done(error, now)))
        {
            OnlyInTerm = term,
            Caller = state.Auth.IsEnabled ? new AuthIdentity(AuthIdentity.Root, state.Auth.Revision) : AuthIdentity.None,
        };
        if (outputs.Proposals.Propose(proposal) is { } refusal)
        {
            port.Continue(now => done(refusal, now));
        }
    }

    private sealed class LeaseProposal(InternalRaftRequest request, Action<EtcdError?> done) : PendingRequest(request)
    {
        protected internal override void Complete(ApplyResult result) => done(result.Error);
    }
}
