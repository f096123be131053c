using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>
/// The LeaseKeepAlive call on the request's pipes directly: renewals that came in together are asked for together, answered in
/// their order, and sent together.
/// </summary>
/// <remarks>Hot path: a client renews all its leases over one stream, a hundred thousand of them several thousand times a second.</remarks>
internal sealed class LeanKeepAlive(LeaseHandlers handlers, int maxReceiveBytes, ILogger<LeanKeepAlive> log)
{
    private const string Path = "/etcdserverpb.Lease/LeaseKeepAlive";

    /// <summary>Renewals of a stream that are asked for at a time; what follows waits in the transport.</summary>
    private const int MostTogether = 64;

    /// <summary>Serves the call if it is one; false leaves it to others.</summary>
    public bool TryHandle(HttpContext http, out Task handled)
    {
        bool isKeepAlive = LeanStream.IsCall(http, Path);
        handled = isKeepAlive ? LeanStream.RunAsync(http, ServeAsync, log) : Task.CompletedTask;
        return isKeepAlive;
    }

    private Task ServeAsync(HttpContext http)
    {
        CallContext context = new(http.RequestAborted, http.Request.Headers["hasleader"] == "true");
        return handlers.RunKeepAliveAsync(context, call => ExchangeAsync(http, call)).AsTask();
    }

    private async ValueTask ExchangeAsync(HttpContext http, CallContext call)
    {
        PipeReader input = http.Request.BodyReader;
        List<Task<LeaseKeepAliveResponse>> asked = new(MostTogether);
        using CancellationTokenRegistration ended = call.Cancellation.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), input);
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            call.Cancellation.ThrowIfCancellationRequested();
            ReadOnlySequence<byte> rest = read.Buffer;
            ExceptionDispatchInfo? refused = Ask(http.Request, ref rest, call, asked);
            bool isWhole = asked.Count < MostTogether && refused is null;
            bool isCut = isWhole && read.IsCompleted && !rest.IsEmpty;
            input.AdvanceTo(rest.Start, isWhole ? rest.End : rest.Start);
            await AnswerAsync(http.Response.BodyWriter, asked).ConfigureAwait(false);
            refused?.Throw();
            if (isCut)
            {
                throw new RpcException(new Status(StatusCode.Internal, "grpc: the request ends before its message does"));
            }

            if (isWhole && read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Asks for what has come in whole; what is no request ends the stream when those before it are answered.</summary>
    private ExceptionDispatchInfo? Ask(HttpRequest http, ref ReadOnlySequence<byte> rest, CallContext call, List<Task<LeaseKeepAliveResponse>> asked)
    {
        try
        {
            while (asked.Count < MostTogether && LeanCalls.TryReadFrame(rest, http, maxReceiveBytes, out ReadOnlySequence<byte> message))
            {
                LeaseKeepAliveRequest request = LeanStream.Parse(LeaseKeepAliveRequest.Parser, message);
                rest = rest.Slice(message.End);
                asked.Add(handlers.KeepAliveAsync(request, call).AsTask());
            }

            return null;
        }
        catch (RpcException refusal)
        {
            return ExceptionDispatchInfo.Capture(refusal);
        }
    }

    /// <summary>Answers in the order of the requests; the first failure ends the stream, after what stands before it.</summary>
    private static async ValueTask AnswerAsync(PipeWriter output, List<Task<LeaseKeepAliveResponse>> asked)
    {
        if (asked.Count == 0)
        {
            return;
        }

        ExceptionDispatchInfo? failed = null;
        foreach (Task<LeaseKeepAliveResponse> answer in asked)
        {
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answer.IsCompletedSuccessfully && failed is null)
            {
                LeaseKeepAliveResponse response = await answer.ConfigureAwait(false);
                LeanCalls.WriteFrameHeader(output, response.CalculateSize());
                response.WriteTo(output);
            }
            else
            {
                failed ??= ExceptionDispatchInfo.Capture(answer.Exception?.InnerException ?? new OperationCanceledException());
            }
        }

        asked.Clear();
        FlushResult flushed = await output.FlushAsync().ConfigureAwait(false);
        failed?.Throw();
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("the client has gone");
        }
    }
}
