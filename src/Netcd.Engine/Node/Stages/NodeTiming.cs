using Netcd.Engine.Peers;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>The stages' periods, and which error ends a wait.</summary>
/// <param name="tickMilliseconds">Raft's tick: the heartbeat interval.</param>
/// <param name="electionMilliseconds">The election timeout.</param>
/// <param name="requestTimeoutMilliseconds">How long a request may wait for its outcome.</param>
/// <param name="peers">The way to the other members; null for a member that has none.</param>
internal sealed class NodeTiming(
    long tickMilliseconds, long electionMilliseconds, long requestTimeoutMilliseconds, PeerLinks? peers = null)
{
    private long leaderElectedMilliseconds = long.MinValue / 2;

    /// <summary>Raft's tick.</summary>
    public long TickMilliseconds { get; } = tickMilliseconds;

    /// <summary>The election timeout.</summary>
    public long ElectionMilliseconds => electionMilliseconds;

    /// <summary>How often waiting requests are looked through for those whose time is over.</summary>
    public const long ExpiryMilliseconds = 500;

    /// <summary>When the present leader was first heard of, in the stages' time.</summary>
    public long LeaderElectedMilliseconds
    {
        get => Volatile.Read(ref leaderElectedMilliseconds);
        set => Volatile.Write(ref leaderElectedMilliseconds, value);
    }

    /// <summary>How long to wait for a caller that waits so long itself.</summary>
    public long WaitOf(int callerMilliseconds) => Math.Min(callerMilliseconds, requestTimeoutMilliseconds);

    /// <summary>The error that ends a read's wait: the caller's own limit, or the node's.</summary>
    public EtcdError Expiry(int callerMilliseconds) =>
        IsCallersLimit(callerMilliseconds) ? EtcdErrors.DeadlineExceeded : EtcdErrors.Timeout;

    /// <summary>
    /// The error that ends the wait of a request that raft has not taken yet. Where that is for want of a leader it is the one that
    /// etcd ends it with; a change of the membership waits there for as long as its caller does.
    /// </summary>
    public EtcdError ExpiryBeforeProposal(PendingRequest request, long now, bool hasLeader) =>
        hasLeader || request.Change is not null ? Expiry(request, now) : EtcdErrors.DeadlineExceeded;

    /// <summary>The error that ends a request's wait: it says what probably has become of the request, as etcd's does.</summary>
    public EtcdError Expiry(PendingRequest request, long now)
    {
        if (IsCallersLimit(request.TimeoutMilliseconds))
        {
            return EtcdErrors.DeadlineExceeded;
        }

        // Sent at the time when the leader before the present one was lost: it may have taken the request along.
        long elected = LeaderElectedMilliseconds;
        if (request.StartMilliseconds > elected - (2 * electionMilliseconds) && request.StartMilliseconds < elected)
        {
            return EtcdErrors.TimeoutDueToLeaderFail;
        }

        bool wasConnected = peers?.WasConnectedFor(now - request.StartMilliseconds) ?? true;
        return wasConnected ? EtcdErrors.Timeout : EtcdErrors.TimeoutDueToConnectionLost;
    }

    /// <summary>A caller that waits longer than the node does gets the reason why the node gave up.</summary>
    private bool IsCallersLimit(int callerMilliseconds) => callerMilliseconds <= requestTimeoutMilliseconds;
}
