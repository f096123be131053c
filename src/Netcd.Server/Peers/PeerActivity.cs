using Microsoft.Extensions.Logging;

namespace Netcd.Server.Peers;

/// <summary>Whether a peer is reached, and since when: logged once per change, whoever of its connections sees it.</summary>
internal sealed class PeerActivity(ulong peerId, ILogger log)
{
    private readonly Lock gate = new();
    private DateTimeOffset? since;
    private string? refusal;

    /// <summary>Since when the peer is reached, or null.</summary>
    public DateTimeOffset? Since
    {
        get
        {
            lock (gate)
            {
                return since;
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

            since = DateTimeOffset.UtcNow;
            refusal = null;
        }

        log.LogInformation("peer became active; peer-id {PeerId}", PeerHeaders.Hex(peerId));
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

        log.LogWarning("refused by remote peer; remote-peer-id {PeerId} on {Source} ({Reason})", PeerHeaders.Hex(peerId), source, reason);
    }

    /// <summary>A connection failed or a message was lost.</summary>
    /// <param name="action">What was tried.</param>
    /// <param name="source">On which connection.</param>
    /// <param name="reason">Why it failed.</param>
    public void Deactivate(string action, string source, string reason)
    {
        lock (gate)
        {
            if (since is null)
            {
                log.LogDebug("peer deactivated again; peer-id {PeerId} failed to {Action} on {Source} ({Reason})", PeerHeaders.Hex(peerId), action, source, reason);
                return;
            }

            since = null;
        }

        log.LogWarning(
            "peer became inactive (message send to peer failed); peer-id {PeerId} failed to {Action} on {Source} ({Reason})",
            PeerHeaders.Hex(peerId),
            action,
            source,
            reason);
    }
}
