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

            // Not by the writer's span: until an answer over HTTP/1 is begun it has room for a page, and none behind it.
            await SlowReader.LimitAsync(SendAsync(http, piece, ended).AsTask(), ServiceLimits.ReaderPatience).ConfigureAwait(false);
        }
    }

    /// <summary>Sends it.</summary>
    /// <param name="http">The call.</param>
    /// <param name="ended">Fires when the caller's time is over; none where it gives no time.</param>
    /// <exception cref="OperationCanceledException">The client has gone, or its time is over.</exception>
    public static ValueTask FlushAsync(HttpContext http, CancellationToken ended) => SendAsync(http, ReadOnlyMemory<byte>.Empty, ended);

    private static async ValueTask SendAsync(HttpContext http, ReadOnlyMemory<byte> piece, CancellationToken ended)
    {
        PipeWriter output = http.Response.BodyWriter;
        try
        {
            ValueTask<FlushResult> sent = piece.IsEmpty ? output.FlushAsync(ended) : output.WriteAsync(piece, ended);
            FlushResult flushed = await sent.ConfigureAwait(false);
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
