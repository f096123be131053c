using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Netcd.Server.Grpc;

/// <summary>Sends what was written, at the client's pace.</summary>
internal static class ResponseBody
{
    /// <summary>The code of HTTP/2 for a stream that is not wanted any more.</summary>
    private const int CancelStream = 8;

    /// <summary>Sends it.</summary>
    /// <param name="http">The call.</param>
    /// <param name="ended">Fires when the caller's time is over; none where it gives no time.</param>
    /// <exception cref="OperationCanceledException">The client has gone, or its time is over.</exception>
    public static async ValueTask FlushAsync(HttpContext http, CancellationToken ended)
    {
        try
        {
            FlushResult flushed = await http.Response.BodyWriter.FlushAsync(ended).ConfigureAwait(false);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                throw new OperationCanceledException("the client has gone");
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // A status would wait behind what the client does not read.
            http.Features.Get<IHttpResetFeature>()?.Reset(CancelStream);
            throw;
        }
    }
}
