using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
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

    /// <summary>What an answer takes at most: the frame's head, and seven numbers, a message of four of them among it.</summary>
    private const int MostAnswerBytes = 96;

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
        List<Renewal> asked = new(MostTogether);
        using CancellationTokenRegistration ended = call.Cancellation.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), input);
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            call.Cancellation.ThrowIfCancellationRequested();
            ReadOnlySequence<byte> rest = read.Buffer;
            ExceptionDispatchInfo? refused = Read(http.Request, ref rest, asked);
            bool isWhole = asked.Count < MostTogether && refused is null;
            bool isCut = isWhole && read.IsCompleted && !rest.IsEmpty;
            input.AdvanceTo(rest.Start, isWhole ? rest.End : rest.Start);
            if (asked.Count > 0)
            {
                await AnswerAsync(http.Response.BodyWriter, [.. asked], call).ConfigureAwait(false);
                asked.Clear();
            }

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

    /// <summary>Takes what has come in whole; what is no request ends the stream when those before it are answered.</summary>
    private ExceptionDispatchInfo? Read(HttpRequest http, ref ReadOnlySequence<byte> rest, List<Renewal> asked)
    {
        try
        {
            while (asked.Count < MostTogether && LeanCalls.TryReadFrame(rest, http, maxReceiveBytes, out ReadOnlySequence<byte> message))
            {
                LeaseKeepAliveRequest request = LeanStream.Parse(LeaseKeepAliveRequest.Parser, message);
                rest = rest.Slice(message.End);
                asked.Add(new Renewal(request.ID));
            }

            return null;
        }
        catch (RpcException refusal)
        {
            return ExceptionDispatchInfo.Capture(refusal);
        }
    }

    /// <summary>Answers in the order of the requests; the first failure ends the stream, after what stands before it.</summary>
    private async ValueTask AnswerAsync(PipeWriter output, Renewal[] renewals, CallContext call)
    {
        ResponseHeader header = await handlers.KeepAliveAsync(renewals, call).ConfigureAwait(false);
        EtcdError? failure = Write(output, header, renewals);
        FlushResult flushed = await output.FlushAsync().ConfigureAwait(false);
        if (failure is not null)
        {
            throw failure.ToException();
        }

        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("the client has gone");
        }
    }

    private static EtcdError? Write(PipeWriter output, ResponseHeader header, Renewal[] renewals)
    {
        LeaseKeepAliveResponse response = new() { Header = header };
        Span<byte> room = output.GetSpan(renewals.Length * MostAnswerBytes);
        int used = 0;
        EtcdError? failure = null;
        for (int at = 0; at < renewals.Length && (failure = renewals[at].Error) is null; at++)
        {
            (response.ID, response.TTL) = (renewals[at].Id, renewals[at].TtlSeconds);
            int size = response.CalculateSize();
            LeanCalls.WriteFrameHeader(room[used..], size);
            response.WriteTo(room.Slice(used + FrameHead.Bytes, size));
            used += FrameHead.Bytes + size;
        }

        output.Advance(used);
        return failure;
    }
}
