using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Requests;

/// <summary>
/// Keep-alives that are asked for together, and the caller that waits for the answers. The engine calls <see cref="Complete"/> once, when
/// all are answered, on a stage's thread: implementations hand over and return.
/// </summary>
/// <remarks>Hot path: those that nothing stands in the way of, nearly all, cost no allocation each.</remarks>
/// <param name="renewals">The leases, at least one; each is replaced by its answer, and all may be read when they are complete.</param>
public abstract class PendingRenewals(Renewal[] renewals)
{
    private int unanswered = renewals.Length;

    /// <summary>How long the caller waits, in milliseconds; the node's own request timeout ends the wait too.</summary>
    public int TimeoutMilliseconds { get; init; } = int.MaxValue;

    /// <summary>Who asks.</summary>
    public AuthIdentity Caller { get; init; } = AuthIdentity.None;

    /// <summary>The leases, and their answers when they are complete.</summary>
    public ReadOnlySpan<Renewal> Renewals => renewals;

    /// <summary>All are answered.</summary>
    protected internal abstract void Complete();

    /// <summary>One of them as a call of its own, which takes its time.</summary>
    internal PendingLeaseCall Single(int at) => new Part(this, at) { TimeoutMilliseconds = TimeoutMilliseconds };

    /// <summary>Answers one of them.</summary>
    internal void Answer(int at, long ttlSeconds, EtcdError? error = null)
    {
        renewals[at] = new Renewal(renewals[at].Id, ttlSeconds, error);
        if (--unanswered == 0)
        {
            Complete();
        }
    }

    /// <summary>Gives all the same answer.</summary>
    internal void FailAll(EtcdError error)
    {
        for (int at = 0; at < renewals.Length; at++)
        {
            Answer(at, 0, error);
        }
    }

    private sealed class Part(PendingRenewals whole, int at) : PendingLeaseCall(LeaseQuery.Renew, whole.Renewals[at].Id)
    {
        protected internal override void Complete(LeaseAnswer answer) => whole.Answer(at, answer.TtlSeconds, answer.Error);
    }
}

/// <summary>A lease that is to be renewed, and what came of it.</summary>
/// <param name="Id">The lease.</param>
/// <param name="TtlSeconds">The time that it has again.</param>
/// <param name="Error">Why it was not renewed: it does not exist, this member does not lead, or it took too long.</param>
public readonly record struct Renewal(LeaseId Id, long TtlSeconds = 0, EtcdError? Error = null);
