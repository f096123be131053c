using Netcd.Engine.Leases;
using Netcd.Engine.Mvcc;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>Applies the requests of the Lease service that go through the log.</summary>
/// <param name="state">What they change.</param>
/// <param name="minTtlSeconds">The least time that a lease is granted for; a setting of the cluster, as the election timeout is.</param>
/// <param name="meter">Says when to pause.</param>
/// <param name="changed">Called with the id of a lease that was granted, revoked or checkpointed.</param>
internal sealed class LeaseApplier(ReplicatedState state, long minTtlSeconds, WorkMeter meter, Action<long> changed)
{
    /// <summary>etcd's bound, about 285 years.</summary>
    private const long MaxTtlSeconds = 9_000_000_000;

    private MvccStore Store => state.Store;

    private LeaseTable Leases => state.Leases;

    /// <summary>Grants a lease.</summary>
    public ApplyResult Grant(LeaseGrantRequest request)
    {
        // The server chooses an id before it proposes: one that is 0 here comes from no server.
        if (request.ID == 0)
        {
            return new ApplyResult(EtcdErrors.LeaseNotFound);
        }

        if (request.TTL > MaxTtlSeconds)
        {
            return new ApplyResult(EtcdErrors.LeaseTtlTooLarge);
        }

        if (Leases.Contains(request.ID))
        {
            return new ApplyResult(EtcdErrors.LeaseExists);
        }

        long ttl = Math.Max(request.TTL, minTtlSeconds);
        Leases.Grant(request.ID, ttl, state.Changes);
        state.LeaseMetrics.Grant(ttl);
        changed(request.ID);
        return new ApplyResult(new LeaseGrantResponse { Header = Header(), ID = request.ID, TTL = ttl });
    }

    /// <summary>
    /// Revokes a lease: all its keys go in one revision, in their order, as every member must number the deletions alike. Null is a pause.
    /// </summary>
    public IEnumerator<ApplyResult?> Revoke(LeaseRevokeRequest request)
    {
        if (!Leases.TryFind(request.ID, out GrantedLease? lease))
        {
            yield return new ApplyResult(EtcdErrors.LeaseNotFound);
            yield break;
        }

        if (lease.KeyCount > meter.Left)
        {
            yield return null;
        }

        foreach (byte[] key in lease.Keys())
        {
            Store.Delete(key);
            if (meter.Spend(1))
            {
                yield return null;
            }
        }

        Store.EndTransaction();
        Leases.Remove(lease, state.Changes);
        state.LeaseMetrics.Revoked.Increment();
        changed(request.ID);
        yield return new ApplyResult(new LeaseRevokeResponse { Header = Header() });
    }

    /// <summary>Notes how much time is left to leases; one that is gone meanwhile is passed over.</summary>
    public ApplyResult Checkpoint(LeaseCheckpointRequest request)
    {
        foreach (LeaseCheckpoint checkpoint in request.Checkpoints)
        {
            if (Leases.TryFind(checkpoint.ID, out GrantedLease? lease))
            {
                LeaseTable.Checkpoint(lease, checkpoint.RemainingTTL, state.Changes);
                changed(checkpoint.ID);
                meter.Spend(1);
            }
        }

        return new ApplyResult(new LeaseCheckpointResponse { Header = Header() });
    }

    private ResponseHeader Header() => new() { Revision = Store.Revision };
}
