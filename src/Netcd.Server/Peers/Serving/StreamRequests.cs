using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Server.Http;
using Netcd.Server.Peers.Sending;
using Netcd.Server.Peers.Streams;

namespace Netcd.Server.Peers.Serving;

/// <summary>Streams that peers open here to read from: the answer goes on until either side ends it.</summary>
internal sealed class StreamRequests(PeerTransport transport, ILogger log)
{
    public async Task HandleAsync(HttpContext http, PeerContext link, string path)
    {
        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Get).ConfigureAwait(false))
        {
            return;
        }

        http.Response.Headers[PeerHeaders.Version] = ServerIdentity.EtcdVersion;
        PeerReply.WriteClusterHeader(http, link);
        if (!await PeerReply.IsOfClusterAsync(http, link).ConfigureAwait(false))
        {
            return;
        }

        if (!StreamKinds.TryParse(path, out StreamKind kind, out string caller))
        {
            await PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "invalid path").ConfigureAwait(false);
        }
        else if (!PeerHeaders.TryId(caller, out ulong from))
        {
            await PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "invalid from").ConfigureAwait(false);
        }
        else
        {
            await OpenAsync(http, link, kind, from).ConfigureAwait(false);
        }
    }

    private async Task OpenAsync(HttpContext http, PeerContext link, StreamKind kind, ulong from)
    {
        if (transport.IsRemoved(from))
        {
            log.RejectedRemovedPeer(new HexId(link.Events.MemberId), new HexId(from));
            await PlainText.WriteAsync(http, StatusCodes.Status410Gone, "removed member").ConfigureAwait(false);
            return;
        }

        if (transport.FindPeer(from) is not { } peer)
        {
            PeerReply.Remember(http, transport, from);
            log.FailedToFindPeer(new HexId(link.Events.MemberId), new HexId(from), new HexId(link.Events.ClusterId));
            await PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "error sender not found").ConfigureAwait(false);
            return;
        }

        string to = PeerHeaders.First(http.Request.Headers[PeerHeaders.To]);
        if (to != PeerHeaders.Hex(link.Events.MemberId))
        {
            log.IgnoredMismatch(new HexId(link.Events.MemberId), to, new HexId(from), new HexId(link.Events.ClusterId));
            await PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, "to field mismatch").ConfigureAwait(false);
            return;
        }

        // The flush sends the head: the peer waits for it before it takes the stream for open.
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        await peer.AttachAsync(kind, http.Response.BodyWriter, http.Abort, http.RequestAborted).ConfigureAwait(false);
    }
}
