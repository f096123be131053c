using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Auth;
using Netcd.Engine.Requests;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Http;

namespace Netcd.Server.Services;

/// <summary>
/// What each unary call goes through, whatever transport it came by: the audit log, and a look at how long it took
/// (<c>--warning-unary-request-duration</c>).
/// </summary>
/// <param name="audit">The audit log.</param>
/// <param name="slow">What takes longer is logged as a warning.</param>
/// <param name="clock">Measures.</param>
/// <param name="log">Takes a line for each slow call, and for each call at the level debug.</param>
internal sealed class UnaryCalls(AuditTrail audit, TimeSpan slow, TimeProvider clock, ILogger log)
{
    /// <summary>etcd's words where nobody knows who it was.</summary>
    private const string NoRemote = "No remote client info.";

    /// <summary>The same limit as the clock counts.</summary>
    private readonly double slowTicks = slow.TotalSeconds * clock.TimestampFrequency;

    /// <summary>Has a call made, and notes it when it is over.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="context">The call's context.</param>
    /// <param name="handler">Makes it.</param>
    /// <remarks>Hot path: a call that is not slow costs two looks at the clock, and allocates nothing.</remarks>
    public ValueTask<TResponse> RunAsync<TRequest, TResponse>(
        Call call, TRequest request, CallContext context, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : IMessage
    {
        long began = clock.GetTimestamp();
        ValueTask<TResponse> running;
        try
        {
            running = audit.RunAsync(call, request, context, handler);
        }
        catch
        {
            Note(call, request, null, context, began);
            throw;
        }

        return running.IsCompletedSuccessfully && !IsNoted(began)
            ? running
            : AwaitAsync(running, call, request, context, began);
    }

    /// <summary>Waits for a call in an object that was one before: there is one for each call that does not end at once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResponse> AwaitAsync<TResponse>(
        ValueTask<TResponse> running, Call call, IMessage request, CallContext context, long began)
    {
        TResponse response;
        try
        {
            response = await running.ConfigureAwait(false);
        }
        catch
        {
            Note(call, request, null, context, began);
            throw;
        }

        if (IsNoted(began))
        {
            Note(call, request, response, context, began);
        }

        return response;
    }

    private void Note(Call call, IMessage request, object? response, in CallContext context, long began)
    {
        if (!IsNoted(began))
        {
            return;
        }

        TimeSpan taken = clock.GetElapsedTime(began);
        RequestStats stats = StatsOf(call, request, response, clock.GetUtcNow() - taken, taken, context.Caller);
        if (log.IsEnabled(LogLevel.Debug))
        {
            log.ServedCall(stats);
        }
        else
        {
            log.ServedSlowly(stats);
        }
    }

    private static RequestStats StatsOf(
        Call call, IMessage request, object? response, DateTimeOffset start, TimeSpan taken, in Caller caller)
    {
        (long requestCount, long requestBytes, string content) = request switch
        {
            RangeRequest range => (0, range.CalculateSize(), RequestText.Of(range)),
            PutRequest put => (1, put.CalculateSize(), RequestText.Of(put)),
            DeleteRangeRequest deletion => (0, deletion.CalculateSize(), RequestText.Of(deletion)),
            TxnRequest txn => BranchOf(txn, response as TxnResponse),
            _ => (-1L, -1L, ""),
        };
        (long responseCount, long responseBytes) = response switch
        {
            _ when requestCount < 0 => (-1L, -1L),
            RangeAnswer range => (range.Count, range.CalculateSize()),
            DeleteRangeResponse deletion => (deletion.Deleted, AnswerSize.Of(deletion)),
            IMessage message => (0, AnswerSize.Of(message)),
            _ => (0, 0),
        };
        string remote = caller.Connection?.Address ?? NoRemote;
        return new RequestStats(
            start, taken, remote, call.Path, requestCount, requestBytes, responseCount, responseBytes, content);
    }

    /// <summary>The branch that was taken; nothing of a transaction that failed, as in etcd.</summary>
    private static (long Count, long Bytes, string Content) BranchOf(TxnRequest request, TxnResponse? response)
    {
        if (response is null)
        {
            return (0, 0, "");
        }

        RepeatedField<RequestOp> branch = response.Succeeded ? request.Success : request.Failure;
        return (branch.Count, branch.Sum(static operation => (long)operation.CalculateSize()), RequestText.Of(request));
    }

    /// <summary>At the level debug a slow call is logged as any other, as in etcd.</summary>
    private bool IsNoted(long began) => clock.GetTimestamp() - began > slowTicks || log.IsEnabled(LogLevel.Debug);
}
