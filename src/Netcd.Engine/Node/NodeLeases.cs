using Netcd.Engine.Leases;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node;

/// <summary>Leases: what does not go through the log. For any thread.</summary>
public sealed class NodeLeases
{
    private readonly ReplicatedState state;
    private readonly RequestIds ids;
    private readonly LeasePort leases;
    private readonly LeaseCheckpoints checkpoints;
    private readonly ProposalQueue proposals;

    internal NodeLeases(ReplicatedState state, RequestIds ids, LeasePort leases, LeaseCheckpoints checkpoints, ProposalQueue proposals)
    {
        this.state = state;
        this.ids = ids;
        this.leases = leases;
        this.checkpoints = checkpoints;
        this.proposals = proposals;
    }

    /// <summary>
    /// Whether the time left to leases is noted in the log while this member leads: to be set when all members are known to make use of
    /// it, where the operator has not decided.
    /// </summary>
    public bool AreCheckpointed
    {
        get => checkpoints.IsEnabled;
        set => checkpoints.IsEnabled = value;
    }

    /// <summary>What is counted of leases.</summary>
    public LeaseMetrics Metrics => state.LeaseMetrics;

    /// <summary>How many leases there are.</summary>
    public int Count => state.Leases.Count;

    /// <summary>Asks about leases; the answer comes by <see cref="PendingLeaseCall.Complete"/>.</summary>
    public void Ask(PendingLeaseCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (proposals.IsStopping)
        {
            call.Complete(LeaseAnswer.Of(EtcdErrors.Stopped));
            return;
        }

        leases.Ask(call);
    }

    /// <summary>Renews leases; the answers come by <see cref="PendingRenewals.Complete"/>.</summary>
    public void Renew(PendingRenewals renewals)
    {
        ArgumentNullException.ThrowIfNull(renewals);
        if (proposals.IsStopping)
        {
            renewals.FailAll(EtcdErrors.Stopped);
            return;
        }

        leases.Renew(renewals);
    }

    /// <summary>An id for a lease whose owner chose none: positive, and no other member's.</summary>
    public LeaseId NewId()
    {
        long id;
        do
        {
            id = (long)(ids.Next() & long.MaxValue);
        }
        while (id == 0);

        return new LeaseId(id);
    }
}
