using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>Where the consensus stage puts what raft wants done: other stages' inboxes and the transport.</summary>
internal interface IConsensusOutputs
{
    /// <summary>The requests are about to enter the log: the apply stage will meet them.</summary>
    void Proposing(IReadOnlyList<PendingRequest> requests);

    /// <summary>A request that was announced by <see cref="Proposing"/> did not enter the log.</summary>
    void Rejected(PendingRequest request, EtcdError error);

    /// <summary>A request is given up before it was announced.</summary>
    void Dropped(PendingRequest request, EtcdError error);

    /// <summary>To the log stage.</summary>
    void Append(Message message);

    /// <summary>To the apply stage.</summary>
    void Apply(Message message);

    /// <summary>To a peer.</summary>
    void Send(Message message);
}

/// <summary>The stages' periods.</summary>
/// <param name="TickMilliseconds">Raft's tick: the heartbeat interval.</param>
/// <param name="RequestTimeoutMilliseconds">How long a request may wait for its outcome.</param>
/// <param name="ExpiryMilliseconds">How often waiting requests are looked through for those whose time is over.</param>
public sealed record NodeTiming(long TickMilliseconds, long RequestTimeoutMilliseconds, long ExpiryMilliseconds)
{
    /// <summary>How long to wait for a caller that waits so long itself.</summary>
    internal long WaitOf(int callerMilliseconds) => Math.Min(callerMilliseconds, RequestTimeoutMilliseconds);

    /// <summary>The error that ends a wait: the caller's own limit, or the node's.</summary>
    internal static EtcdError Expiry(int callerMilliseconds) =>
        callerMilliseconds == int.MaxValue ? EtcdErrors.Timeout : EtcdErrors.DeadlineExceeded;
}

/// <summary>Where raft stands.</summary>
/// <param name="LeaderId">The leader, or 0.</param>
/// <param name="Term">The term.</param>
/// <param name="CommitIndex">The last index known to be committed.</param>
/// <param name="AppliedIndex">The last index that readers see.</param>
/// <param name="IsReadableAtOnce">Whether local state is current without asking anyone; see <see cref="ConsensusStage"/>.</param>
public sealed record RaftPosition(ulong LeaderId, ulong Term, ulong CommitIndex, ulong AppliedIndex, bool IsReadableAtOnce);
