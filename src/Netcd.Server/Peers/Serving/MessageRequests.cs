using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Http;

namespace Netcd.Server.Peers.Serving;

/// <summary>Messages that come as single POSTs.</summary>
internal sealed class MessageRequests(PeerTransport transport, ILogger log)
{
    public async Task HandleAsync(HttpContext http, PeerLink link)
    {
        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Post).ConfigureAwait(false))
        {
            return;
        }

        PeerReply.TellCluster(http, link);
        if (!await PeerReply.IsOfClusterAsync(http, link).ConfigureAwait(false))
        {
            return;
        }

        PeerReply.Remember(http, transport);
        if (await ReadAsync(http).ConfigureAwait(false) is { } message)
        {
            await TakeAsync(http, link, message).ConfigureAwait(false);
        }
    }

    private static async Task TakeAsync(HttpContext http, PeerLink link, Message message)
    {
        if (link.Refusal(message) is { } refusal)
        {
            await PeerReply.RefuseMessageAsync(http, refusal).ConfigureAwait(false);
            return;
        }

        link.Deliver(message);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask<Message?> ReadAsync(HttpContext http)
    {
        string refusal = "error reading raft message";
        try
        {
            if (await PeerReply.ReadBodyAsync(http, PeerLimits.MessageBytes, transport.Options.ReadTimeout).ConfigureAwait(false) is { } body)
            {
                refusal = "error unmarshalling raft message";
                return RaftWire.DecodeMessage(body);
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or MalformedMessageException)
        {
            log.LogDebug("failed to read raft message of {Address}: {Reason}", http.Connection.RemoteIpAddress, failure.Message);
        }

        await PlainText.WriteAsync(http, StatusCodes.Status400BadRequest, refusal).ConfigureAwait(false);
        return null;
    }
}
