using Netcd.Engine.Leases;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node;

/// <content>Leases: what does not go through the log.</content>
public sealed partial class EtcdNode
{
    private int notesLeaseTimes;

    /// <summary>
    /// Whether the time left to leases is noted in the log while this member leads: to be set when all members are known to make
    /// use of it, where the operator has not decided.
    /// </summary>
    public bool IsLeaseCheckpointEnabled
    {
        get => options.LeaseCheckpoints ?? (Volatile.Read(ref notesLeaseTimes) != 0 || Members.Members.Count == 1);
        set => Volatile.Write(ref notesLeaseTimes, value ? 1 : 0);
    }

    /// <summary>What is counted of leases.</summary>
    public LeaseMetrics LeaseMetrics => state.LeaseMetrics;

    /// <summary>How many leases there are.</summary>
    public int LeaseCount => state.Leases.Count;

    /// <summary>Asks about leases; the answer comes by <see cref="PendingLeaseCall.Complete"/>.</summary>
    public void Ask(PendingLeaseCall call)
    {
        if (Volatile.Read(ref isStopping) != 0)
        {
            call.Complete(LeaseAnswer.Of(EtcdErrors.Stopped));
            return;
        }

        leaseStage.Ask(call);
    }

    /// <summary>Renews leases; the answers come by <see cref="PendingRenewals.Complete"/>.</summary>
    public void Ask(PendingRenewals renewals)
    {
        if (Volatile.Read(ref isStopping) != 0)
        {
            renewals.FailAll(EtcdErrors.Stopped);
            return;
        }

        leaseStage.Ask(renewals);
    }

    /// <summary>An id for a lease whose owner chose none: positive, and no other member's.</summary>
    public long NewLeaseId()
    {
        long id;
        do
        {
            id = (long)(ids.Next() & long.MaxValue);
        }
        while (id == 0);

        return id;
    }

    private LeaseStage CreateLeaseStage()
    {
        LeaseClock clock = new(new LeaseClockOptions(
            options.MinLeaseTtlSeconds, options.ElectionMilliseconds, options.LeaseCheckpointMilliseconds));
        LeaseStageInputs inputs = new(() => Position, () => IsLeaseCheckpointEnabled, Propose, ConfirmRead, answers.Run);
        return new LeaseStage(state, clock, MemberId, timing, inputs, log);
    }
}
