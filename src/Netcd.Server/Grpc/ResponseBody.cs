using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>Sends what was written, at the client's pace.</summary>
internal static class ResponseBody
{
    /// <summary>The code of HTTP/2 for a stream that is not wanted any more.</summary>
    private const int CancelStream = 8;

    /// <summary>Sends a large body in pieces; a reader that takes none of one for long is given up.</summary>
    /// <exception cref="SlowReaderException">It was given up.</exception>
    /// <exception cref="OperationCanceledException">The client has gone, or its time is over.</exception>
    public static async ValueTask WriteAsync(HttpContext http, ReadOnlyMemory<byte> body, CancellationToken ended)
    {
        while (!body.IsEmpty)
        {
            ReadOnlyMemory<byte> piece = body[..Math.Min(body.Length, ServiceLimits.FlushBytes)];
            body = body[piece.Length..];
            http.Response.BodyWriter.Write(piece.Span);
            await SlowReader.LimitAsync(FlushAsync(http, ended).AsTask(), ServiceLimits.ReaderPatience).ConfigureAwait(false);
        }
    }

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
