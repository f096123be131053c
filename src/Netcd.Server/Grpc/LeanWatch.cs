using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Grpc;

/// <summary>
/// The Watch call on the request's pipes directly: events go from their one encoding into the response, and an idle stream
/// holds no buffer.
/// </summary>
/// <remarks>Hot path: a thousand streams may wait for the same event. What goes out together is flushed together.</remarks>
internal sealed class LeanWatch(WatchHandlers handlers, int maxReceiveBytes, ILogger<LeanWatch> log)
{
    private const string Path = "/etcdserverpb.Watch/Watch";

    /// <summary>Bytes that are written before the client's pace is waited for.</summary>
    private const int FlushBytes = 32 * 1024;

    /// <summary>Serves the call if it is one; false leaves it to others.</summary>
    public bool TryHandle(HttpContext http, out Task handled)
    {
        bool isWatch = LeanStream.IsCall(http, Path);
        handled = isWatch ? LeanStream.RunAsync(http, ServeAsync, log) : Task.CompletedTask;
        return isWatch;
    }

    private async Task ServeAsync(HttpContext http)
    {
        using WatchCall call = handlers.Open(new CallContext(CancellationToken.None, http.Request.Headers["hasleader"] == "true"));
        Reading reading = new();
        Task requests = ReadAsync(http, call, reading);
        try
        {
            await call.SendAsync((from, messages) => SendAsync(http.Response.BodyWriter, from, messages)).ConfigureAwait(false);
        }
        finally
        {
            call.End();
            http.Request.BodyReader.CancelPendingRead();
            await requests.ConfigureAwait(false);
        }

        // Ended without a reason of the server's: either what was read tells why, or the client has gone.
        throw reading.Failure ?? new OperationCanceledException();
    }

    /// <summary>Reads requests; that there will be no more does not end the stream.</summary>
    private async Task ReadAsync(HttpContext http, WatchCall call, Reading reading)
    {
        try
        {
            PipeReader input = http.Request.BodyReader;
            while (true)
            {
                ReadResult result = await input.ReadAsync().ConfigureAwait(false);
                ReadOnlySequence<byte> rest = result.Buffer;
                try
                {
                    while (LeanCalls.TryReadFrame(rest, http.Request, maxReceiveBytes, out ReadOnlySequence<byte> message))
                    {
                        WatchRequest request = LeanStream.Parse(WatchRequest.Parser, message);
                        rest = rest.Slice(message.End);
                        if (!await call.RequestAsync(request).ConfigureAwait(false))
                        {
                            return;
                        }
                    }
                }
                finally
                {
                    input.AdvanceTo(rest.Start, rest.End);
                }

                if (result.IsCanceled)
                {
                    return;
                }

                if (result.IsCompleted)
                {
                    http.RequestAborted.UnsafeRegister(static ended => ((WatchCall)ended!).End(), call);
                    return;
                }
            }
        }
#pragma warning disable CA1031 // Whatever it is, it ends this call, and there it is told.
        catch (Exception failure)
        {
            reading.Failure = failure;
            call.End();
        }
#pragma warning restore CA1031
    }

    private static async ValueTask SendAsync(PipeWriter output, WatchCall call, List<WatchMessage> messages)
    {
        ulong term = call.Term;
        int unflushed = 0;
        for (int i = 0; i < messages.Count; i++)
        {
            int size = messages[i].CalculateSize(call.Header, term);
            LeanCalls.WriteFrameHeader(output, size);
            messages[i].WriteTo(output, call.Header, term);
            unflushed += size;
            if (unflushed >= FlushBytes || i == messages.Count - 1)
            {
                unflushed = 0;
                FlushResult flushed = await output.FlushAsync().ConfigureAwait(false);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    throw new OperationCanceledException("the client has gone");
                }
            }
        }
    }

    private sealed class Reading
    {
        public Exception? Failure { get; set; }
    }
}
