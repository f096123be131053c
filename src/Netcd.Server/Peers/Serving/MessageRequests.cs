using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Http;
using Netcd.Server.Peers.Sending;

namespace Netcd.Server.Peers.Serving;

/// <summary>Messages that come as single POSTs.</summary>
internal sealed class MessageRequests(PeerTransport transport, ILogger log)
{
    private readonly BodyBudget members = new(PeerLimits.MessageBytesInAll);
    private readonly BodyBudget strangers = new(PeerLimits.StrangerBytesInAll);

    public async Task HandleAsync(HttpContext http, PeerContext link)
    {
        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Post).ConfigureAwait(false))
        {
            return;
        }

        PeerReply.WriteClusterHeader(http, link);
        if (!await PeerReply.IsOfClusterAsync(http, link).ConfigureAwait(false))
        {
            return;
        }

        ulong from = PeerReply.SenderOf(http);
        bool isKnown = link.Events.IsKnown(new MemberId(from));
        if (!isKnown)
        {
            PeerReply.Remember(http, transport, from);
        }

        using BodyBudget.Share share = (isKnown ? members : strangers).Begin();
        if (await ReadAsync(http, isKnown ? PeerLimits.MessageBytes : PeerLimits.StrangerMessageBytes, share)
            .ConfigureAwait(false) is { } message)
        {
            await TakeAsync(http, link, message, from).ConfigureAwait(false);
        }
    }

    private static async Task TakeAsync(HttpContext http, PeerContext link, Message message, ulong bearer)
    {
        if (link.Refusal(message, bearer) is { } refusal)
        {
            await PeerReply.RefuseMessageAsync(http, refusal).ConfigureAwait(false);
            return;
        }

        link.Deliver(message, bearer);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask<Message?> ReadAsync(HttpContext http, int limit, BodyBudget.Share share)
    {
        (int status, string refusal) = (StatusCodes.Status400BadRequest, "error reading raft message");
        try
        {
            if (await PeerReply.ReadBodyAsync(http, limit, transport.Options.ReadTimeout, share).ConfigureAwait(false) is { } body)
            {
                refusal = "error unmarshalling raft message";
                return RaftWire.DecodeMessage(body);
            }
        }
        catch (BodyBudgetException failure)
        {
            (status, refusal) = (StatusCodes.Status503ServiceUnavailable, failure.Message);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or MalformedMessageException)
        {
            log.FailedToReadMessage(http.Connection.RemoteIpAddress, failure.Message);
        }

        await PlainText.WriteAsync(http, status, refusal).ConfigureAwait(false);
        return null;
    }
}
