using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Protocol.V3;
using Netcd.Raft;

namespace Netcd.Engine.Requests;

/// <summary>
/// A request on its way through the log, and the caller that waits for its outcome. The engine calls <see cref="Complete"/> once,
/// on a stage's thread: implementations hand over and return.
/// </summary>
/// <param name="request">The request; its header is set by the engine.</param>
public abstract class PendingRequest(InternalRaftRequest request)
{
    /// <summary>The request.</summary>
    public InternalRaftRequest Request { get; } = request;

    /// <summary>Who asks.</summary>
    public AuthIdentity Caller { get; set; } = AuthIdentity.None;

    /// <summary>Where it is noted when the request reaches the stages; null where nobody wants to know.</summary>
    public RequestTimes? Times { get; init; }

    /// <summary>The encoded request as it stands in the log.</summary>
    internal byte[] Encoded { get; set; } = [];

    /// <summary>What its conditions cost, in records to be read: counted until it is applied, however soon its caller gives up.</summary>
    internal long ConditionCost { get; set; }

    /// <summary>The change of the membership that it stands for; then <see cref="Request"/> is empty and not sent.</summary>
    internal ConfChange? Change { get; set; }

    /// <summary>
    /// Where not 0, the request enters the log only of a leader, and only in this term: a member that leads no more drops it
    /// rather than to pass it on to the leader.
    /// </summary>
    internal ulong OnlyInTerm { get; set; }

    /// <summary>The id by which the applied entry finds the waiter.</summary>
    internal ulong Id { get; set; }

    /// <summary>How long the caller waits, in milliseconds; the node's own request timeout ends the wait too.</summary>
    public int TimeoutMilliseconds { get; init; } = int.MaxValue;

    /// <summary>When it came in, in the stages' time.</summary>
    internal long StartMilliseconds { get; set; }

    /// <summary>When it is given up, in the stages' time.</summary>
    internal long DeadlineMilliseconds { get; set; }

    /// <summary>The outcome; the term is the one at which it was applied.</summary>
    protected internal abstract void Complete(ApplyResult result);
}

/// <summary>A linearizable read that waits until local state may be read.</summary>
public abstract class PendingRead
{
    /// <summary>How long the caller waits, in milliseconds; the node's own request timeout ends the wait too.</summary>
    public int TimeoutMilliseconds { get; init; } = int.MaxValue;

    /// <summary>When it is given up, in the stages' time.</summary>
    internal long DeadlineMilliseconds { get; set; }

    /// <summary>Local state now holds all that was acknowledged when the read came in; or the error that it ends with.</summary>
    protected internal abstract void Complete(Protocol.Errors.EtcdError? error);
}
