using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Gateway;

/// <summary>
/// The Watch service for HTTP clients: requests as JSON values one after the other, responses as lines, each sent at once. That
/// there will be no more requests does not end the stream.
/// </summary>
internal sealed class WatchGateway(WatchHandlers handlers, int maxMessageBytes)
{
    /// <summary>Bytes of one request's JSON: base64 makes four of three, and names, quotes and spaces come on top.</summary>
    private readonly long maxValueBytes = (2L * maxMessageBytes) + (64 * 1024);

    /// <summary>Serves a stream until it ends.</summary>
    public async ValueTask RunAsync(HttpContext http, CallContext context, GatewayOutput output)
    {
        using WatchCall call = handlers.Open(context);
        Exception? failure = null;
        await using CancellationTokenRegistration gone = http.RequestAborted.UnsafeRegister(static ended => ((WatchCall)ended!).End(), call);
        Task reading = ReadOrEndAsync();
        try
        {
            await call.SendAsync((from, messages) => SendAsync(output, from, messages)).ConfigureAwait(false);
        }
        finally
        {
            call.End();
            http.Request.BodyReader.CancelPendingRead();
            await reading.ConfigureAwait(false);
        }

        throw failure ?? new OperationCanceledException(http.RequestAborted);

        async Task ReadOrEndAsync()
        {
            try
            {
                await ReadAsync(http.Request.BodyReader, call).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever it is, it ends this call, and there it is told.
            catch (Exception caught)
            {
                failure = caught;
                call.End();
            }
#pragma warning restore CA1031
        }
    }

    private async Task ReadAsync(PipeReader body, WatchCall call)
    {
        while (true)
        {
            ReadResult result = await body.ReadAsync().ConfigureAwait(false);
            int used = 0;
            try
            {
                byte[] text = result.Buffer.ToArray();
                while (TryRead(text.AsSpan(used), result.IsCompleted, out WatchRequest request, out int length))
                {
                    used += length;
                    if (!await call.RequestAsync(request).ConfigureAwait(false))
                    {
                        return;
                    }
                }

                if (text.Length - used > maxValueBytes)
                {
                    throw GatewayException.TooLarge(text.Length - used, maxMessageBytes);
                }
            }
            finally
            {
                body.AdvanceTo(result.Buffer.GetPosition(used), result.Buffer.End);
            }

            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }
        }
    }

    /// <summary>Reads the next value; false where there is none, or more of it is to come.</summary>
    private bool TryRead(ReadOnlySpan<byte> text, bool isWhole, out WatchRequest request, out int length)
    {
        request = new WatchRequest();
        string? error = JsonScanner.FindValue(text, out ReadOnlySpan<byte> value);
        length = text.Overlaps(value, out int start) ? start + value.Length : 0;
        if (value.IsEmpty || (error == JsonScanner.UnexpectedEnd && !isWhole))
        {
            return false;
        }

        MessageReader.Read(text, request);
        int bytes = request.CalculateSize();
        return bytes <= maxMessageBytes ? true : throw GatewayException.TooLarge(bytes, maxMessageBytes);
    }

    private static async ValueTask SendAsync(GatewayOutput output, WatchCall call, List<WatchMessage> messages)
    {
        foreach (WatchMessage message in messages)
        {
            ulong term = call.Term;
            ArrayBufferWriter<byte> encoded = new(message.CalculateSize(call.Header, term));
            message.WriteTo(encoded, call.Header, term);
            await output.WriteNextAsync(WatchResponse.Parser.ParseFrom(encoded.WrittenSpan)).ConfigureAwait(false);
        }
    }
}
