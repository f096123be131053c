using Netcd.Engine.Mvcc.Index;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>What a transaction may cost those who wait behind it, told before it is run.</summary>
internal static class TxnCost
{
    /// <summary>Keys that the conditions have to be compared with at the most, those of nested transactions in either branch included.</summary>
    public static long ComparedKeys(KeyIndexView index, TxnRequest request)
    {
        long keys = 0;
        foreach (Compare compare in request.Compare)
        {
            keys += compare.RangeEnd.IsEmpty ? 1 : index.CountLive(new KeyInterval(compare.Key.Span, compare.RangeEnd.Span));
        }

        return keys + ComparedKeys(index, request.Success) + ComparedKeys(index, request.Failure);
    }

    private static long ComparedKeys(KeyIndexView index, IEnumerable<RequestOp> branch)
    {
        long keys = 0;
        foreach (RequestOp operation in branch)
        {
            keys += operation.RequestTxn is { } nested ? ComparedKeys(index, nested) : 0;
        }

        return keys;
    }
}
