using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Server.Peers;

/// <summary>What all connections of this member share: who it is, how it connects, where it reports, when time is up.</summary>
internal sealed class PeerContext(
    PeerTransportOptions options, IPeerEvents events, HttpMessageInvoker http, Func<ulong, bool> isRemoved, ILogger log)
{
    /// <summary>Why a removed member's message is refused.</summary>
    public const string RemovedSender = "cannot process message from removed member";

    private const string OtherReceiver = "cannot process message to mismatch member";

    public PeerTransportOptions Options { get; } = options;

    public IPeerEvents Events { get; } = events;

    public HttpMessageInvoker Http { get; } = http;

    public ILogger Log { get; } = log;

    /// <summary>Whether a member was removed for good.</summary>
    public bool IsRemoved(ulong memberId) => isRemoved(memberId);

    /// <summary>Milliseconds since some moment, to measure with.</summary>
    public static long NowMilliseconds => Environment.TickCount64;

    /// <summary>A request to a peer, signed.</summary>
    public HttpRequestMessage Request(HttpMethod method, Uri peer, string path)
    {
        HttpRequestMessage request = new(method, new Uri(peer, path));
        PeerHeaders.Sign(request.Headers, Events.MemberId, Events.ClusterId, Options.AdvertisePeerUrls);
        return request;
    }

    /// <summary>
    /// Why a message that came in is not passed on, or null: its sender was removed, or it is meant for someone else, as happens
    /// when a member is replaced at the same address (etcd's PR 17814), or it comes from another member than it says. Only what is meant
    /// for
    /// the leader is passed on by others.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="bearer">Who has brought it.</param>
    public string? Refusal(Message message, ulong bearer)
    {
        if (isRemoved(message.From))
        {
            return RemovedSender;
        }

        if (message.To != Events.MemberId)
        {
            return OtherReceiver;
        }

        bool isPassedOn = message.Type is MessageType.Propose or MessageType.ReadIndex or MessageType.TransferLeader;
        return isPassedOn || message.From == bearer ? null : "cannot process message of another member";
    }

    /// <summary>
    /// Passes a message on to the node, unless it is refused or of a kind that nobody may send this way: what a member reports only
    /// itself, and snapshots, which come with their image or not at all.
    /// </summary>
    public void Deliver(Message message, ulong bearer)
    {
        if (Refusal(message, bearer) is { } reason)
        {
            LogRejected(message, bearer, reason);
        }
        else if (!message.Type.IsLocal() && message.Type != MessageType.Snapshot)
        {
            Events.Receive(message);
        }
    }

    private void LogRejected(Message message, ulong bearer, string reason)
    {
        HexId self = new(Events.MemberId);
        switch (reason)
        {
            case RemovedSender:
                Log.RejectedRemovedSender(self, new HexId(message.From));
                break;
            case OtherReceiver:
                Log.RejectedForOther(self, new HexId(message.To));
                break;
            default:
                Log.RejectedOfOther(self, new HexId(bearer), new HexId(message.From));
                break;
        }
    }
}

/// <summary>A peer has answered, and not as it should.</summary>
internal sealed class PeerRefusedException(string message) : Exception(message);
