using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>What each request of the KV service does to the model and answers. Headers are left out of the answers.</summary>
internal static class KvRules
{
    /// <summary>Does a request.</summary>
    public static IMessage Apply(KvModel model, IMessage request)
    {
        IMessage response = request switch
        {
            PutRequest put => Put(model, put),
            DeleteRangeRequest delete => Delete(model, delete),
            RangeRequest range => Range(model, range),
            TxnRequest txn => Txn(model, txn),
            _ => throw new NotSupportedException($"the model knows no {request.Descriptor.Name}"),
        };
        model.EndTransaction();
        return response;
    }

    /// <summary>A copy of an answer as <see cref="Apply"/> gives it: without headers.</summary>
    public static IMessage WithoutHeaders(IMessage response)
    {
        switch (response)
        {
            case PutResponse put:
                return new PutResponse(put) { Header = null };
            case DeleteRangeResponse delete:
                return new DeleteRangeResponse(delete) { Header = null };
            case RangeResponse range:
                return new RangeResponse(range) { Header = null };
            case TxnResponse txn:
                TxnResponse copy = new() { Succeeded = txn.Succeeded };
                copy.Responses.AddRange(txn.Responses.Select(WithoutHeaders));
                return copy;
            default:
                throw new NotSupportedException($"the model knows no {response.Descriptor.Name}");
        }
    }

    private static ResponseOp WithoutHeaders(ResponseOp operation) => operation.ResponseCase switch
    {
        ResponseOp.ResponseOneofCase.ResponsePut => new() { ResponsePut = (PutResponse)WithoutHeaders(operation.ResponsePut) },
        ResponseOp.ResponseOneofCase.ResponseDeleteRange =>
            new() { ResponseDeleteRange = (DeleteRangeResponse)WithoutHeaders(operation.ResponseDeleteRange) },
        ResponseOp.ResponseOneofCase.ResponseRange => new() { ResponseRange = (RangeResponse)WithoutHeaders(operation.ResponseRange) },
        ResponseOp.ResponseOneofCase.ResponseTxn => new() { ResponseTxn = (TxnResponse)WithoutHeaders(operation.ResponseTxn) },
        _ => new ResponseOp(),
    };

    private static PutResponse Put(KvModel model, PutRequest request)
    {
        if (request.IgnoreLease || request.IgnoreValue)
        {
            throw new NotSupportedException("the model knows no put that keeps a value or a lease");
        }

        PutResponse response = new() { PrevKv = request.PrevKv ? model.Latest(request.Key) : null };
        model.Put(request.Key, request.Value, request.Lease);
        return response;
    }

    private static DeleteRangeResponse Delete(KvModel model, DeleteRangeRequest request)
    {
        KeyValue[] found = [.. model.Range(request.Key, request.RangeEnd, long.MaxValue)];
        DeleteRangeResponse response = new() { Deleted = found.Length };
        foreach (KeyValue kv in found)
        {
            if (request.PrevKv)
            {
                response.PrevKvs.Add(kv);
            }

            model.Delete(kv.Key);
        }

        return response;
    }

    private static RangeResponse Range(KvModel model, RangeRequest request)
    {
        bool isSupported = request.SortOrder == RangeRequest.Types.SortOrder.None
            && request.MinModRevision == 0 && request.MaxModRevision == 0
            && request.MinCreateRevision == 0 && request.MaxCreateRevision == 0;
        if (!isSupported)
        {
            throw new NotSupportedException("the model knows no range that sorts or filters");
        }

        KeyValue[] found = [.. model.Range(request.Key, request.RangeEnd, request.Revision > 0 ? request.Revision : long.MaxValue)];
        RangeResponse response = new() { Count = found.Length };
        if (!request.CountOnly)
        {
            response.More = request.Limit > 0 && found.Length > request.Limit;
            IEnumerable<KeyValue> shown = response.More ? found.Take((int)request.Limit) : found;
            response.Kvs.AddRange(request.KeysOnly ? shown.Select(static kv => new KeyValue(kv) { Value = ByteString.Empty }) : shown);
        }

        return response;
    }

    private static TxnResponse Txn(KvModel model, TxnRequest request)
    {
        // Decided before anything is written, nested transactions too.
        Dictionary<TxnRequest, bool> decisions = new(ReferenceEqualityComparer.Instance);
        Decide(model, request, decisions);
        return Txn(model, request, decisions);
    }

    private static void Decide(KvModel model, TxnRequest request, Dictionary<TxnRequest, bool> decisions)
    {
        bool succeeds = request.Compare.All(compare => Holds(model, compare));
        decisions[request] = succeeds;
        foreach (RequestOp operation in succeeds ? request.Success : request.Failure)
        {
            if (operation.RequestTxn is { } nested)
            {
                Decide(model, nested, decisions);
            }
        }
    }

    private static TxnResponse Txn(KvModel model, TxnRequest request, Dictionary<TxnRequest, bool> decisions)
    {
        TxnResponse response = new() { Succeeded = decisions[request] };
        foreach (RequestOp operation in response.Succeeded ? request.Success : request.Failure)
        {
            response.Responses.Add(operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestPut => new ResponseOp { ResponsePut = Put(model, operation.RequestPut) },
                RequestOp.RequestOneofCase.RequestDeleteRange =>
                    new ResponseOp { ResponseDeleteRange = Delete(model, operation.RequestDeleteRange) },
                RequestOp.RequestOneofCase.RequestRange => new ResponseOp { ResponseRange = Range(model, operation.RequestRange) },
                RequestOp.RequestOneofCase.RequestTxn => new ResponseOp { ResponseTxn = Txn(model, operation.RequestTxn, decisions) },
                _ => new ResponseOp(),
            });
        }

        return response;
    }

    private static bool Holds(KvModel model, Compare compare)
    {
        KeyValue[] found = [.. model.Range(compare.Key, compare.RangeEnd, long.MaxValue)];
        if (found.Length == 0)
        {
            // A key that does not exist has version 0 and revisions 0, but no value at all.
            return compare.Target != Compare.Types.CompareTarget.Value && Holds(compare, new KeyValue());
        }

        return found.All(kv => Holds(compare, kv));
    }

    private static bool Holds(Compare compare, KeyValue kv)
    {
        int order = compare.Target switch
        {
            Compare.Types.CompareTarget.Version => kv.Version.CompareTo(compare.Version),
            Compare.Types.CompareTarget.Create => kv.CreateRevision.CompareTo(compare.CreateRevision),
            Compare.Types.CompareTarget.Mod => kv.ModRevision.CompareTo(compare.ModRevision),
            Compare.Types.CompareTarget.Value => ByteOrder.Instance.Compare(kv.Value, compare.Value),
            _ => kv.Lease.CompareTo(compare.Lease),
        };
        return compare.Result switch
        {
            Compare.Types.CompareResult.Equal => order == 0,
            Compare.Types.CompareResult.Greater => order > 0,
            Compare.Types.CompareResult.Less => order < 0,
            _ => order != 0,
        };
    }
}
