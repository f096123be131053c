using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Grpc;

/// <summary>
/// The Watch call on the request's pipes directly: events go from their one encoding into the response, and an idle stream
/// holds no buffer.
/// </summary>
/// <remarks>Hot path: a thousand streams may wait for the same event. What goes out together is flushed together.</remarks>
internal sealed class WatchCalls(WatchHandlers handlers, AuditTrail audit, int maxReceiveBytes, ILogger<WatchCalls> log)
{
    private const string Path = "/etcdserverpb.Watch/Watch";

    private static readonly RequestParser<WatchRequest> Requests = new(WatchRequest.Parser);

    /// <summary>Bytes that are written before the client's pace is waited for.</summary>
    private const int FlushBytes = 32 * 1024;

    /// <summary>Takes the place of the call.</summary>
    public void AddTo(GrpcMethods methods) => methods.Add(Path, (http, head) => CallRunner.RunStreamAsync(http, head, ServeAsync, log));

    private async Task ServeAsync(HttpContext http, CallHead head)
    {
        CallContext context = new(CancellationToken.None, head.RequiresLeader, Caller: head.CallerOf(http));
        using WatchCall call = handlers.Open(context);
        using CancellationTokenSource? deadline = head.BeginDeadline(CancellationToken.None);
        CancellationToken over = deadline?.Token ?? CancellationToken.None;
        await using CancellationTokenRegistration ending = over.UnsafeRegister(
            static ended => ((WatchCall)ended!).End(EtcdErrors.DeadlineExceeded), call);
        Reading reading = new();
        Task requests = ReadAsync(http, head, call, context, reading);
        try
        {
            await call.SendAsync((from, messages) => SendAsync(http, head, from, messages, over)).ConfigureAwait(false);
        }
        finally
        {
            call.End();
            RequestBody.CancelRead(http.Request.BodyReader);
            await requests.ConfigureAwait(false);
        }

        // Ended without a reason of the server's: either what was read says why, or the client has gone.
        throw reading.Failure ?? new OperationCanceledException();
    }

    /// <summary>Reads requests; that there will be no more does not end the stream.</summary>
    private async Task ReadAsync(HttpContext http, CallHead head, WatchCall call, CallContext context, Reading reading)
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
                    while (Frame.TryRead(rest, head, maxReceiveBytes, out Frame frame))
                    {
                        WatchRequest request = frame.ParseOfStream(Requests);
                        rest = rest.Slice(frame.End);
                        if (!await call.RequestAsync(request).ConfigureAwait(false))
                        {
                            return;
                        }

                        audit.NoteWatch(request, context);
                    }

                    if (result.IsCompleted && Frame.EndOf(rest, out bool hasMore) is var end && hasMore)
                    {
                        throw new RpcException(new Status(StatusCode.Internal, end));
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
#pragma warning disable CA1031 // Whatever it is, it ends this call, and is reported there.
        catch (Exception failure)
        {
            reading.Failure = failure;
            call.End();
        }
#pragma warning restore CA1031
    }

    private static async ValueTask SendAsync(
        HttpContext http, CallHead head, WatchCall call, List<WatchMessage> messages, CancellationToken over)
    {
        PipeWriter output = http.Response.BodyWriter;
        ulong term = call.Term;
        int unflushed = 0;
        for (int i = 0; i < messages.Count; i++)
        {
            unflushed += Write(output, head, messages[i], call.Header, term);
            if (unflushed >= FlushBytes || i == messages.Count - 1)
            {
                unflushed = 0;
                await ResponseBody.FlushAsync(http, over).ConfigureAwait(false);
            }
        }
    }

    private static int Write(PipeWriter output, in CallHead head, WatchMessage message, WatchHeader header, ulong term)
    {
        int size = message.CalculateSize(header, term);
        head.Meter?.Sent(size);
        if (head.IsGzip)
        {
            ArrayBufferWriter<byte> encoded = new(size);
            message.WriteTo(encoded, header, term);
            GzipMessage.WriteFrame(output, encoded.WrittenSpan);
            return size;
        }

        Frame.WriteHead(output, size);
        message.WriteTo(output, header, term);
        return size;
    }

    private sealed class Reading
    {
        public Exception? Failure { get; set; }
    }
}
