using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Differential;

/// <summary>
/// etcd sorts with an algorithm that is not stable above twelve elements, so the order of keys that are equal in what is sorted by is
/// nobody's
/// promise: netcd keeps the order of keys. Such runs are brought into the order of keys before two answers are compared.
/// </summary>
internal static class SortTies
{
    private const int LargestStableSort = 12;

    public static void Settle(IMessage request, IMessage response)
    {
        if (request is RangeRequest range && response is RangeResponse found)
        {
            Settle(range, found);
        }
        else if (request is TxnRequest transaction && response is TxnResponse done)
        {
            Google.Protobuf.Collections.RepeatedField<RequestOp> branch = done.Succeeded ? transaction.Success : transaction.Failure;
            for (int n = 0; n < Math.Min(branch.Count, done.Responses.Count); n++)
            {
                switch (branch[n].RequestCase)
                {
                    case RequestOp.RequestOneofCase.RequestRange: Settle(branch[n].RequestRange, done.Responses[n].ResponseRange); break;
                    case RequestOp.RequestOneofCase.RequestTxn: Settle(branch[n].RequestTxn, done.Responses[n].ResponseTxn); break;
                    default: break;
                }
            }
        }
    }

    private static void Settle(RangeRequest request, RangeResponse response)
    {
        if (response.Count <= LargestStableSort || request.SortTarget == RangeRequest.Types.SortTarget.Key)
        {
            return;
        }

        List<KeyValue> settled = [];
        foreach (KeyValue kv in response.Kvs)
        {
            int at = settled.Count;
            while (at > 0 && Sorted(settled[at - 1], request).Equals(Sorted(kv, request))
                && settled[at - 1].Key.Span.SequenceCompareTo(kv.Key.Span) > 0)
            {
                at--;
            }

            settled.Insert(at, kv);
        }

        // A limit may cut a run of equals anywhere: of the last one only what it is equal in can be compared.
        if (request.Limit > 0 && settled.Count == request.Limit)
        {
            object last = Sorted(settled[^1], request);
            settled = [.. settled.Select(kv => Sorted(kv, request).Equals(last) ? Only(kv, request) : kv)];
        }

        response.Kvs.Clear();
        response.Kvs.AddRange(settled);
    }

    private static KeyValue Only(KeyValue kv, RangeRequest request) => request.SortTarget switch
    {
        RangeRequest.Types.SortTarget.Version => new KeyValue { Version = kv.Version },
        RangeRequest.Types.SortTarget.Create => new KeyValue { CreateRevision = kv.CreateRevision },
        RangeRequest.Types.SortTarget.Mod => new KeyValue { ModRevision = kv.ModRevision },
        _ => new KeyValue { Value = kv.Value },
    };

    private static object Sorted(KeyValue kv, RangeRequest request) => request.SortTarget switch
    {
        RangeRequest.Types.SortTarget.Version => kv.Version,
        RangeRequest.Types.SortTarget.Create => kv.CreateRevision,
        RangeRequest.Types.SortTarget.Mod => kv.ModRevision,
        _ => kv.Value,
    };
}
