using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Requests;

/// <summary>Logs and counts what takes long to be applied, or to be read (<c>--warning-apply-duration</c>).</summary>
public sealed class SlowRequests
{
    private const long NanosecondsPerTick = 100;

    /// <summary>What stands before the length of each record of an answer.</summary>
    private const int TagBytes = 1;

    private readonly long limitNanoseconds;
    private readonly TimeSpan limit;
    private readonly Counter slow;
    private readonly ILogger log;

    internal SlowRequests(long limitNanoseconds, Counter slow, ILogger log)
    {
        this.limitNanoseconds = limitNanoseconds;
        limit = Duration(limitNanoseconds);
        this.slow = slow;
        this.log = log;
    }

    /// <summary>A range was read for a caller.</summary>
    /// <param name="nanoseconds">How long it took.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="result">The answer.</param>
    public void NoteRange(long nanoseconds, RangeRequest request, RangeResult result)
    {
        if (nanoseconds > limitNanoseconds)
        {
            string? response = result.Error is null ? $"range_response_count:{result.Records.Count} size:{SizeOf(result)}" : null;
            Note(nanoseconds, "read-only range ", RequestText.Of(request), response, result.Error);
        }
    }

    /// <summary>A transaction that only reads was read for a caller.</summary>
    /// <param name="nanoseconds">How long it took.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="response">The answer; null where there is none.</param>
    /// <param name="error">Why there is none.</param>
    public void NoteTxn(long nanoseconds, TxnRequest request, TxnResponse? response, EtcdError? error)
    {
        if (nanoseconds > limitNanoseconds)
        {
            string? told = response is null ? null : $"responses:<{RangesOf(response)}> {SizeOf(response)}";
            Note(nanoseconds, "read-only txn ", RequestText.Of(request), told, error);
        }
    }

    /// <summary>An entry of the log was applied.</summary>
    internal void NoteEntry(long nanoseconds, InternalRaftRequest request, IMessage? response, EtcdError? error)
    {
        if (nanoseconds > limitNanoseconds)
        {
            Note(nanoseconds, "", RequestText.Of(request), SizeOf(response), error);
        }
    }

    private static string? SizeOf(IMessage? response) => response is null or EmptyResponse ? null : $"size:{response.CalculateSize()}";

    /// <summary>The size of an answer as a message, with a header of the revision alone as etcd's has then.</summary>
    private static long SizeOf(RangeResult result)
    {
        RangeResponse frame = new()
        {
            Header = new ResponseHeader { Revision = result.Revision },
            Count = result.Count,
            More = result.More,
        };
        return frame.CalculateSize() + result.Records.Sum(static record =>
            TagBytes + CodedOutputStream.ComputeLengthSize(record.Span.Length) + (long)record.Span.Length);
    }

    private static string RangesOf(TxnResponse response) => string.Join(
        ' ',
        response.Responses.Where(static one => one.ResponseRange is not null)
            .Select(static one => $"range_response_count:{one.ResponseRange.Kvs.Count}"));

    private static TimeSpan Duration(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / NanosecondsPerTick);

    private void Note(long nanoseconds, string prefix, string request, string? response, EtcdError? error)
    {
        slow.Increment();
        log.AppliedSlowly(Duration(nanoseconds), limit, prefix, request, response ?? "", error?.Message);
    }
}
