using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;

namespace Netcd.Engine.Node.Stages;

/// <summary>What others may ask of the lease stage, from any thread.</summary>
internal sealed class LeasePort
{
    /// <summary>What was asked, in its order.</summary>
    public Inbox<LeaseWork> Inbox { get; } = new();

    /// <summary>Takes a question.</summary>
    public void Ask(PendingLeaseCall call) => Inbox.Add(new LeaseWork.Call(call));

    /// <summary>Takes keep-alives.</summary>
    public void Renew(PendingRenewals renewals) => Inbox.Add(new LeaseWork.Renew(renewals));

    /// <summary>A lease was granted, revoked or checkpointed.</summary>
    public void Changed(long id) => Inbox.Add(new LeaseWork.Changed(id));

    /// <summary>Another leader is known, or none.</summary>
    public void LeaderChanged() => Continue(static _ => { });

    /// <summary>Has something done in the next step, with its time.</summary>
    public void Continue(Action<long> continuation) => Inbox.Add(new LeaseWork.Continue(continuation));
}

/// <summary>Something that the lease stage is asked to do.</summary>
internal abstract record LeaseWork
{
    internal sealed record Call(PendingLeaseCall Question) : LeaseWork;

    internal sealed record Renew(PendingRenewals Renewals) : LeaseWork;

    internal sealed record Changed(long Id) : LeaseWork;

    internal sealed record Continue(Action<long> Continuation) : LeaseWork;
}
