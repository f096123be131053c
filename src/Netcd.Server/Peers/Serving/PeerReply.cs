using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Server.Http;
using Netcd.Server.Peers.Sending;

namespace Netcd.Server.Peers.Serving;

/// <summary>What the requests of peers have in common: checks, bodies, errors.</summary>
internal static class PeerReply
{
    public static Task NotFoundAsync(HttpContext http) => PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "404 page not found");

    /// <summary>Whether the method is the one; if not, says so.</summary>
    public static async ValueTask<bool> HasMethodAsync(HttpContext http, string method)
    {
        if (http.Request.Method == method)
        {
            return true;
        }

        http.Response.Headers.Allow = method;
        await PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed").ConfigureAwait(false);
        return false;
    }

    public static void WriteClusterHeader(HttpContext http, PeerContext link) =>
        http.Response.Headers[PeerHeaders.ClusterId] = PeerHeaders.Hex(link.Events.ClusterId);

    /// <summary>Whether the sender is of this cluster and of a version that goes with ours; if not, says so.</summary>
    public static async ValueTask<bool> IsOfClusterAsync(HttpContext http, PeerContext link)
    {
        if (PeerHeaders.Refusal(http.Request.Headers, link.Events.ClusterId) is not { } refusal)
        {
            return true;
        }

        await PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, refusal).ConfigureAwait(false);
        return false;
    }

    /// <summary>Who sends a request, as it says; 0 where it does not.</summary>
    public static ulong SenderOf(HttpContext http) =>
        PeerHeaders.TryId(PeerHeaders.First(http.Request.Headers[PeerHeaders.From]), out ulong from) ? from : NodeId.None;

    /// <summary>Remembers where a sender is reached that nobody knows, if such senders are listened to.</summary>
    public static void Remember(HttpContext http, PeerTransport transport, ulong from)
    {
        string urls = PeerHeaders.First(http.Request.Headers[PeerHeaders.PeerUrls]);
        if (urls.Length > 0)
        {
            transport.AddStranger(new PeerAddress(new MemberId(from), urls.Split(',')));
        }
    }

    /// <summary>
    /// A message that is not taken. A removed sender gets 403, on which it stops for good. One that addresses somebody else gets 412:
    /// etcd answers 403 here too, and a healthy member that heard of a replacement late would stop itself.
    /// </summary>
    public static Task RefuseMessageAsync(HttpContext http, string reason)
    {
        bool isRemoved = reason == PeerContext.RemovedSender;
        return isRemoved
            ? WriteJsonErrorAsync(http, StatusCodes.Status403Forbidden, reason)
            : PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, reason);
    }

    /// <summary>An error in the form of etcd's older HTTP API.</summary>
    public static Task WriteJsonErrorAsync(HttpContext http, int status, string message)
    {
        JsonEncodedText text = JsonEncodedText.Encode(message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        http.Response.StatusCode = status;
        return WriteAsync(http, "application/json", Encoding.UTF8.GetBytes($$"""{"message":"{{text}}"}"""));
    }

    public static async Task WriteAsync(HttpContext http, string contentType, ReadOnlyMemory<byte> body)
    {
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Reads a body that grows as its bytes come in, never because of what it claims.</summary>
    /// <param name="http">The request.</param>
    /// <param name="limit">Bytes that are taken.</param>
    /// <param name="silence">How long a sender may take for the next <see cref="PeerLimits.MinMessageBytes"/>, or the rest.</param>
    /// <param name="share">Where its memory is counted, if anywhere.</param>
    /// <returns>The body, or null when there is more than the limit.</returns>
    /// <exception cref="IOException">The connection broke, or all bodies together take too much.</exception>
    /// <exception cref="OperationCanceledException">The sender is gone, or too slow.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(
        HttpContext http, int limit, TimeSpan silence, BodyBudget.Share? share = null)
    {
        SetBodyLimit(http, null);
        if (http.Request.ContentLength > limit)
        {
            return null;
        }

        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        MinRate rate = new(PeerLimits.MinMessageBytes, silence, TimeProvider.System);
        byte[] bytes = new byte[Math.Min(http.Request.ContentLength ?? PeerLimits.ReadChunkBytes, PeerLimits.ReadChunkBytes) + 1];
        share?.Take(bytes.Length);
        int count = 0;
        while (true)
        {
            int read = await rate.ReadAsync(http.Request.Body, bytes.AsMemory(count), late).ConfigureAwait(false);
            count += read;
            if (count > limit)
            {
                // Not as one expression with the other: a null there is an empty body, as memory can be made of it.
                return null;
            }

            if (read == 0)
            {
                return bytes.AsMemory(0, count);
            }

            if (count == bytes.Length)
            {
                int larger = (int)Math.Min(2L * count, limit + 1L);
                share?.Take(larger - count);
                Array.Resize(ref bytes, larger);
            }
        }
    }

    /// <summary>Sets the server's own limit on a body, whatever it is for clients; null for none, as the reader has its own.</summary>
    public static void SetBodyLimit(HttpContext http, long? limit)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }
    }
}

/// <summary>The answer to a probe.</summary>
internal static class ProbeAnswer
{
    public static Task WriteAsync(HttpContext http)
    {
        string body = $$"""{"OK":true,"Now":"{{DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss.fffffffZ}}"}""" + "\n";
        return PeerReply.WriteAsync(http, "application/json", Encoding.UTF8.GetBytes(body));
    }
}
