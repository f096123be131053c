using Google.Protobuf.Collections;
using Netcd.Engine.Mvcc.Index;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>What a transaction may cost the callers that wait behind it, estimated before it is run.</summary>
internal static class TxnCost
{
    /// <summary>Numbers stand in the index: comparing so many keys' costs as much as reading one record.</summary>
    private const int NumbersPerRecord = 16;

    /// <summary>
    /// What the conditions over intervals cost at the most, in records to be read, those of nested transactions in either branch included.
    /// What a request may have of conditions on single keys its size bounds.
    /// </summary>
    public static long OfConditions(KeyIndexView index, TxnRequest request)
    {
        long records = 0;
        foreach (Compare compare in request.Compare)
        {
            if (!compare.RangeEnd.IsEmpty)
            {
                int keys = index.CountLive(new KeyInterval(compare.Key.Span, compare.RangeEnd.Span));
                bool isOfRecord = compare.Target is Compare.Types.CompareTarget.Value or Compare.Types.CompareTarget.Lease;
                records += isOfRecord ? keys : keys / NumbersPerRecord;
            }
        }

        return records + OfConditions(index, request.Success) + OfConditions(index, request.Failure);
    }

    private static long OfConditions(KeyIndexView index, RepeatedField<RequestOp> branch)
    {
        long records = 0;
        foreach (RequestOp operation in branch)
        {
            records += operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn ? OfConditions(index, operation.RequestTxn) : 0;
        }

        return records;
    }
}
