using Google.Protobuf;
using Netcd.Engine.Leases;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Applies the writes of the KV service. State and entry decide everything (invariant 2): every member that applies the
/// entry gets the same bytes and the same answer.
/// </summary>
internal sealed class KvApplier(ReplicatedState state)
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

        PutResponse response = PutInTransaction(request);
        Store.EndTransaction();
        return new ApplyResult(response);
    }

    /// <summary>Applies a DeleteRange.</summary>
    public ApplyResult DeleteRange(DeleteRangeRequest request)
    {
        DeleteRangeResponse response = DeleteInTransaction(request);
        Store.EndTransaction();
        return new ApplyResult(response);
    }

    /// <summary>Applies a Txn.</summary>
    public ApplyResult Txn(TxnRequest request)
    {
        TxnApplier applier = new(this, Store, Leases);
        TxnPlan plan = TxnPlan.Decide(Store.Working, request);
        EtcdError? error = applier.Check(request, plan);
        if (error is not null)
        {
            return new ApplyResult(error);
        }

        TxnResponse response = applier.Apply(request, plan);
        Store.EndTransaction();
        response.Header = new ResponseHeader { Revision = Store.Revision };
        return new ApplyResult(response);
    }

    /// <summary>A put as part of the running transaction; its preconditions hold.</summary>
    public PutResponse PutInTransaction(PutRequest request)
    {
        PutResponse response = new();
        ReadOnlySpan<byte> value = request.Value.Span;
        long lease = request.Lease;
        if ((request.PrevKv || request.IgnoreValue || request.IgnoreLease)
            && RangeReader.TryRead(Store.Working, request.Key.Span, out RecordBytes previous))
        {
            KeyValueView kv = KeyValueView.Parse(previous.Span);
            value = request.IgnoreValue ? kv.Value : value;
            lease = request.IgnoreLease ? kv.Lease : lease;
            response.PrevKv = request.PrevKv ? kv.ToMessage() : null;
        }

        long revision = Store.Put(request.Key.Span, value, lease);
        response.Header = new ResponseHeader { Revision = revision };
        return response;
    }

    /// <summary>A deletion as part of the running transaction.</summary>
    public DeleteRangeResponse DeleteInTransaction(DeleteRangeRequest request)
    {
        DeleteRangeResponse response = new();
        if (request.PrevKv)
        {
            RangeRequest range = new() { Key = request.Key, RangeEnd = request.RangeEnd };
            response.PrevKvs.AddRange(RangeReader.Read(Store.Working, range).ToMessage().Kvs);
        }

        response.Deleted = Store.DeleteRange(new KeyInterval(request.Key.Span, request.RangeEnd.Span));
        response.Header = new ResponseHeader { Revision = Store.RevisionInTransaction };
        return response;
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
}
