using Google.Protobuf.Collections;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>Messages as callers see them.</summary>
internal static class Answers
{
    public static RangeResult Of(RangeResponse answer) =>
        new(answer.Header.ToHeader(), KeyValuesOf(answer.Kvs), answer.Count, answer.More);

    public static PutResult Of(PutResponse answer) => new(answer.Header.ToHeader(), answer.PrevKv?.ToKeyValue());

    public static DeleteResult Of(DeleteRangeResponse answer) =>
        new(answer.Header.ToHeader(), answer.Deleted, KeyValuesOf(answer.PrevKvs));

    public static TransactionResult Of(TxnResponse answer) => Of(answer, answer.Header.ToHeader());

    private static TransactionResult Of(TxnResponse answer, EtcdHeader header) =>
        new(header, answer.Succeeded, [.. answer.Responses.Select(part => Of(part, header))]);

    /// <summary>The parts of a transaction have headers with nothing but a revision, or none: the rest is the whole's.</summary>
    private static OperationResult Of(ResponseOp part, EtcdHeader header) => part.ResponseCase switch
    {
        ResponseOp.ResponseOneofCase.ResponseRange => new OperationResult(
            Range: Of(part.ResponseRange) with { Header = At(header, part.ResponseRange.Header) }),
        ResponseOp.ResponseOneofCase.ResponsePut => new OperationResult(
            Put: Of(part.ResponsePut) with { Header = At(header, part.ResponsePut.Header) }),
        ResponseOp.ResponseOneofCase.ResponseDeleteRange => new OperationResult(
            Delete: Of(part.ResponseDeleteRange) with { Header = At(header, part.ResponseDeleteRange.Header) }),
        _ => new OperationResult(Transaction: Of(part.ResponseTxn, header)),
    };

    private static EtcdHeader At(EtcdHeader whole, ResponseHeader? part) =>
        part is { Revision: > 0 } ? whole with { Revision = part.Revision } : whole;

    private static KeyValue[] KeyValuesOf(RepeatedField<Protocol.V3.KeyValue> found)
    {
        KeyValue[] all = found.Count == 0 ? [] : new KeyValue[found.Count];
        for (int n = 0; n < all.Length; n++)
        {
            all[n] = found[n].ToKeyValue();
        }

        return all;
    }
}
