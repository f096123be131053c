using Google.Protobuf;
using Netcd.Engine.Leases;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Applies the writes of the KV service. State and entry decide everything (invariant 2): every member that applies the
/// entry gets the same bytes and the same answer.
/// </summary>
internal sealed class KvApplier(ReplicatedState state, WorkMeter meter, StoreMetrics metrics)
{
    // A snapshot of another member replaces both at once.
    private MvccStore Store => state.Store;

    private LeaseTable Leases => state.Leases;

    /// <summary>Applies a Put.</summary>
    public ApplyResult Put(PutRequest request)
    {
        EtcdError? error = request.Lease != 0 && !Leases.Contains(request.Lease)
            ? EtcdErrors.LeaseNotFound
            : TxnApplier.CheckIgnores(Store.Working, request);
        if (error is not null)
        {
            return new ApplyResult(error);
        }

        PutResponse response = PutInTransaction(request, isAnswered: true);
        Store.EndTransaction();
        metrics.Count(ranges: ReadsPrevious(request) ? 1 : 0, puts: 1, deletions: 0);
        return new ApplyResult(response);
    }

    /// <summary>Applies a DeleteRange; null is a pause.</summary>
    public IEnumerator<ApplyResult?> DeleteRange(DeleteRangeRequest request, bool isAnswered)
    {
        if (EstimateDeletion(Store.Working, request) > meter.Left)
        {
            yield return null;
        }

        RangeParts parts = new(Store, meter);
        DeleteRangeResponse response = BeginDeletion(request, isAnswered ? parts : null);
        while (!DeleteNext(request, response))
        {
            yield return null;
        }

        response.Header = new ResponseHeader { Revision = Store.RevisionInTransaction };
        Store.EndTransaction();
        metrics.Count(ranges: request.PrevKv ? 1 : 0, puts: 0, deletions: 1);
        yield return new ApplyResult(response) { Late = parts.Late };
    }

    /// <summary>Applies a Txn; null is a pause.</summary>
    public IEnumerator<ApplyResult?> Txn(TxnRequest request, bool isAnswered) =>
        new TxnApplier(this, Store, Leases, meter, metrics).Run(request, isAnswered);

    /// <summary>A put as part of the running transaction; its preconditions hold.</summary>
    public PutResponse PutInTransaction(PutRequest request, bool isAnswered)
    {
        PutResponse response = new();
        ReadOnlySpan<byte> value = request.Value.Span;
        long lease = request.Lease;
        if (ReadsPrevious(request) && RangeReader.TryRead(Store.Working, request.Key.Span, out RecordBytes previous))
        {
            KeyValueView kv = KeyValueView.Parse(previous.Span);
            value = request.IgnoreValue ? kv.Value : value;
            lease = request.IgnoreLease ? kv.Lease : lease;
            response.PrevKv = request.PrevKv && isAnswered ? kv.ToMessage() : null;
            meter.SpendBytes(previous.Length);
        }

        metrics.PutBytes.Add(request.Key.Length + value.Length);
        long revision = Store.Put(request.Key.Span, value, lease);
        meter.Spend(1);
        meter.SpendBytes(value.Length);
        response.Header = new ResponseHeader { Revision = revision };
        return response;
    }

    /// <summary>Whether a put looks at what it replaces.</summary>
    public static bool ReadsPrevious(PutRequest request) => request.PrevKv || request.IgnoreValue || request.IgnoreLease;

    /// <summary>Keys that a deletion has before it.</summary>
    public static long EstimateDeletion(ReadState state, DeleteRangeRequest request) => request.RangeEnd.IsEmpty
        ? 1
        : state.Index.CountLive(new KeyInterval(request.Key.Span, request.RangeEnd.Span));

    /// <summary>Begins a deletion as part of the running transaction: what it deletes is still there to be read.</summary>
    /// <param name="request">What to delete.</param>
    /// <param name="parts">Reads what is asked for; null where no caller waits for it.</param>
    public static DeleteRangeResponse BeginDeletion(DeleteRangeRequest request, RangeParts? parts)
    {
        DeleteRangeResponse response = new();
        if (request.PrevKv)
        {
            parts?.Read(new RangeRequest { Key = request.Key, RangeEnd = request.RangeEnd }, previous => previous.CopyTo(response.PrevKvs));
        }

        return response;
    }

    /// <summary>Deletes as many keys as the step has room for; false where there are more.</summary>
    public bool DeleteNext(DeleteRangeRequest request, DeleteRangeResponse response)
    {
        int most = Math.Max(1, meter.Left);
        int deleted = Store.DeleteNext(new KeyInterval(request.Key.Span, request.RangeEnd.Span), most);
        response.Deleted += deleted;
        meter.Spend(Math.Max(1, deleted));
        return deleted < most || request.RangeEnd.IsEmpty;
    }
}

/// <summary>What applying an entry gave: a response or an error of the catalogue.</summary>
public readonly struct ApplyResult
{
    /// <summary>A response.</summary>
    public ApplyResult(IMessage response) => Response = response;

    /// <summary>A failure by rule.</summary>
    public ApplyResult(EtcdError error) => Error = error;

    /// <summary>The response, or null where there is an error.</summary>
    public IMessage? Response { get; }

    /// <summary>The error, or null.</summary>
    public EtcdError? Error { get; }

    /// <summary>The compaction that has to be through before the answer is given; null for at once.</summary>
    internal Compaction? Until { get; init; }

    /// <summary>What of the response is yet to be read; null where it is whole.</summary>
    internal LateAnswer? Late { get; init; }
}
