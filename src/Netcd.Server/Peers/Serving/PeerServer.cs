using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Server.Http;
using Netcd.Server.Peers.Sending;

namespace Netcd.Server.Peers.Serving;

/// <summary>
/// The peer port: answers the other members' requests, whoever of them runs etcd and whoever this. Everything else gets a 404:
/// clients have ports of their own.
/// </summary>
/// <remarks>Needs Kestrel without minimum data rates, as streams are silent at times.</remarks>
public sealed class PeerServer
{
    private readonly PeerTransport transport;
    private readonly StreamRequests streams;
    private readonly MessageRequests messages;
    private readonly SnapshotRequests snapshots;
    private readonly MemberRequests members;
    private readonly LeaseRequests leases;

    /// <summary>The peer port of a member.</summary>
    /// <param name="transport">Started before the port is opened; until then requests are answered with 503.</param>
    /// <param name="options">What else is served.</param>
    /// <param name="log">Where refusals are logged.</param>
    public PeerServer(PeerTransport transport, PeerServerOptions options, ILogger log)
    {
        this.transport = transport;
        streams = new StreamRequests(transport, log);
        messages = new MessageRequests(transport, log);
        snapshots = new SnapshotRequests(transport.Receipts, log);
        members = new MemberRequests(options, log);
        leases = new LeaseRequests(options);
    }

    /// <summary>Serves one request: the last handler of the peer port.</summary>
    public Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return transport.StartedLink is { } link
            ? RouteAsync(http, link)
            : PlainText.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "not started yet");
    }

    private Task RouteAsync(HttpContext http, PeerContext link)
    {
        string path = http.Request.Path.Value ?? "";
        return path switch
        {
            "/raft" => messages.HandleAsync(http, link),
            "/raft/snapshot" => snapshots.HandleAsync(http, link),
            "/raft/probing" => ProbeAnswer.WriteAsync(http),
            "/members" => MemberRequests.ListAsync(http, link),
            "/members/hashkv" => members.HashAsync(http, link),
            "/downgrade/enabled" => members.DowngradeAsync(http, link),
            "/version" => MemberRequests.VersionAsync(http, link),
            "/leases" or "/leases/internal" => leases.HandleAsync(http, path),
            _ when path.StartsWith(Streams.StreamKinds.Prefix, StringComparison.Ordinal) => streams.HandleAsync(http, link, path),
            _ when path.StartsWith(MemberRequests.PromotePrefix, StringComparison.Ordinal) => members.PromoteAsync(http, link, path),
            _ => PeerReply.NotFoundAsync(http),
        };
    }
}
