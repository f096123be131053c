using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Grpc;

/// <summary>
/// The LeaseKeepAlive call on the request's pipes directly: renewals that came in together are asked for together, answered in
/// their order, and sent together.
/// </summary>
/// <remarks>Hot path: a client renews all its leases over one stream, a hundred thousand of them several thousand times a second.</remarks>
internal sealed class KeepAliveCalls(LeaseHandlers handlers, AuditTrail audit, int maxReceiveBytes, ILogger<KeepAliveCalls> log)
{
    private const string Path = "/etcdserverpb.Lease/LeaseKeepAlive";

    private static readonly RequestParser<LeaseKeepAliveRequest> Requests = new(LeaseKeepAliveRequest.Parser);

    /// <summary>Renewals of a stream that are asked for at a time; what follows waits in the transport.</summary>
    private const int MaxTogether = 64;

    /// <summary>What an answer takes at most: the frame's head, and seven numbers, a message of four of them among it.</summary>
    private const int MaxAnswerBytes = 96;

    /// <summary>Takes the place of the call.</summary>
    public void AddTo(GrpcMethods methods) => methods.Add(Path, (http, head) => CallRunner.RunStreamAsync(http, head, ServeAsync, log));

    private async Task ServeAsync(HttpContext http, CallHead head)
    {
        using CancellationTokenSource? deadline = head.BeginDeadline(http.RequestAborted);
        CancellationToken over = deadline?.Token ?? CancellationToken.None;
        CallContext context = new(head.HasTimeout ? over : http.RequestAborted, head.RequiresLeader, Caller: head.CallerOf(http));
        using LeaderScope scope = handlers.BeginKeepAlive(context);
        try
        {
            await audit.RunStreamAsync(
                Calls.LeaseKeepAlive, new LeaseKeepAliveRequest(), context, () => ExchangeAsync(http, head, scope.Call, over))
                .ConfigureAwait(false);
        }
        catch (Exception) when (scope.IsLeaderLost)
        {
            throw LeaderScope.NoLeader();
        }
    }

    private async ValueTask ExchangeAsync(HttpContext http, CallHead head, CallContext call, CancellationToken over)
    {
        PipeReader input = http.Request.BodyReader;
        List<Renewal> asked = new(MaxTogether);
        await using CancellationTokenRegistration ended = call.Cancellation.UnsafeRegister(
            static reader => RequestBody.CancelRead((PipeReader)reader!), input);
        while (true)
        {
            ReadResult read = await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            ReadOnlySequence<byte> rest = read.Buffer;
            ExceptionDispatchInfo? refused = Read(head, ref rest, asked);
            bool isWhole = asked.Count < MaxTogether && refused is null;
            string end = Frame.EndOf(rest, out bool isCut);
            input.AdvanceTo(rest.Start, isWhole ? rest.End : rest.Start);
            call.Cancellation.ThrowIfCancellationRequested();
            if (asked.Count > 0)
            {
                await AnswerAsync(http, head, [.. asked], call, over).ConfigureAwait(false);
                asked.Clear();
            }

            refused?.Throw();
            if (isWhole && read.IsCompleted)
            {
                if (isCut)
                {
                    throw new RpcException(new Status(StatusCode.Internal, end));
                }

                return;
            }
        }
    }

    /// <summary>Takes what has come in whole; what is no request ends the stream when those before it are answered.</summary>
    private ExceptionDispatchInfo? Read(in CallHead head, ref ReadOnlySequence<byte> rest, List<Renewal> asked)
    {
        try
        {
            while (asked.Count < MaxTogether && Frame.TryRead(rest, head, maxReceiveBytes, out Frame frame))
            {
                LeaseKeepAliveRequest request = frame.ParseOfStream(Requests);
                rest = rest.Slice(frame.End);
                asked.Add(new Renewal(new LeaseId(request.ID)));
            }

            return null;
        }
        catch (RpcException refusal)
        {
            return ExceptionDispatchInfo.Capture(refusal);
        }
    }

    /// <summary>Answers in the order of the requests; the first failure ends the stream, after what stands before it.</summary>
    private async ValueTask AnswerAsync(HttpContext http, CallHead head, Renewal[] renewals, CallContext call, CancellationToken over)
    {
        ResponseHeader header = await handlers.KeepAliveAsync(renewals, call).ConfigureAwait(false);

        // Before anything is written: what is sent when the time is over ends with a reset, and the caller is to hear why.
        over.ThrowIfCancellationRequested();
        PipeWriter output = http.Response.BodyWriter;
        EtcdError? failure = head.IsGzip ? WriteEach(output, head, header, renewals) : Write(output, head, header, renewals);
        await ResponseBody.FlushAsync(http, over).ConfigureAwait(false);
        if (failure is not null)
        {
            throw failure.ToException();
        }
    }

    private static EtcdError? WriteEach(PipeWriter output, in CallHead head, ResponseHeader header, Renewal[] renewals)
    {
        LeaseKeepAliveResponse response = new() { Header = header };
        foreach (Renewal renewal in renewals)
        {
            if (renewal.Error is not null)
            {
                return renewal.Error;
            }

            (response.ID, response.TTL) = (renewal.Id, renewal.TtlSeconds);
            Frame.Write(output, head, response);
        }

        return null;
    }

    private static EtcdError? Write(PipeWriter output, in CallHead head, ResponseHeader header, Renewal[] renewals)
    {
        LeaseKeepAliveResponse response = new() { Header = header };
        Span<byte> room = output.GetSpan(renewals.Length * MaxAnswerBytes);
        int used = 0;
        EtcdError? failure = null;
        int at = 0;
        for (; at < renewals.Length && (failure = renewals[at].Error) is null; at++)
        {
            (response.ID, response.TTL) = (renewals[at].Id, renewals[at].TtlSeconds);
            int size = response.CalculateSize();
            Frame.WriteHead(room[used..], size);
            response.WriteTo(room.Slice(used + Frame.HeadBytes, size));
            used += Frame.HeadBytes + size;
        }

        output.Advance(used);
        head.Meter?.Sent(used - (at * Frame.HeadBytes), at);
        return failure;
    }
}
