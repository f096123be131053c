using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

namespace Netcd.Server.Peers;

/// <summary>Whether a peer is reached, and for how long: logged once per change, whichever of its connections sees it.</summary>
/// <param name="peerId">The peer.</param>
/// <param name="log">Where changes are logged.</param>
/// <param name="time">Measures: steps of the wall clock must not make a peer look as if it had been reached for longer or shorter.</param>
/// <param name="metrics">Counts the losses.</param>
internal sealed class PeerActivity(ulong peerId, ILogger log, TimeProvider time, PeerMetrics metrics)
{
    private readonly Lock gate = new();
    private long? since;
    private string? refusal;

    /// <summary>For how long the peer has been reached without a break, or null.</summary>
    public TimeSpan? ActiveFor
    {
        get
        {
            lock (gate)
            {
                return since is { } start ? time.GetElapsedTime(start) : null;
            }
        }
    }

    /// <summary>A connection was made or a message got through.</summary>
    public void Activate()
    {
        lock (gate)
        {
            if (since is not null)
            {
                return;
            }

            since = time.GetTimestamp();
            refusal = null;
        }

        log.BecameActive(new HexId(peerId));
    }

    /// <summary>The peer was reached and refuses: mostly a mistake of an operator, which stays until it is corrected. Told once.</summary>
    public void Refused(string source, string reason)
    {
        lock (gate)
        {
            if (reason == refusal)
            {
                return;
            }

            refusal = reason;
        }

        log.RefusedByPeer(new HexId(peerId), source, reason);
    }

    /// <summary>A connection failed or a message was lost.</summary>
    /// <param name="action">What was tried.</param>
    /// <param name="source">On which connection.</param>
    /// <param name="reason">Why it failed.</param>
    public void Deactivate(string action, string source, string reason)
    {
        HexId peer = new(peerId);
        PeerFailure failure = new(action, peer, source, reason);
        lock (gate)
        {
            if (since is null)
            {
                log.DeactivatedAgain(peer, failure);
                return;
            }

            since = null;
        }

        metrics.Disconnections.Increment();
        log.BecameInactive(peer, failure);
    }
}
