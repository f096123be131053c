using Google.Protobuf;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>Keys that all begin with a prefix, as they are without it.</summary>
internal sealed class KeyPrefix
{
    private static readonly byte[] NoEnd = [0];

    private readonly byte[] prefix;
    private readonly ByteString end;

    public KeyPrefix(ReadOnlyMemory<byte> prefix)
    {
        this.prefix = prefix.ToArray();
        end = KeyRange.Prefix(this.prefix).End.ToBytes();
    }

    /// <summary>A key with the prefix.</summary>
    public ReadOnlyMemory<byte> Add(ReadOnlyMemory<byte> key) => (byte[])[.. prefix, .. key.Span];

    /// <summary>Keys with the prefix: what has no end ends with those.</summary>
    public KeyRange Add(KeyRange range)
    {
        ReadOnlyMemory<byte> start = Add(range.Start);
        return range.IsSingle ? KeyRange.Key(start) : KeyRange.Between(start, AddToEnd(range.End.ToBytes()).Memory);
    }

    /// <summary>A condition with the prefix.</summary>
    public Compare Add(Compare compare)
    {
        Compare added = compare.Clone();
        added.Key = Add(compare.Key);
        added.RangeEnd = AddToEnd(compare.RangeEnd);
        return added;
    }

    /// <summary>A transaction's part with the prefix.</summary>
    public RequestOp Add(RequestOp part)
    {
        RequestOp added = part.Clone();
        switch (added.RequestCase)
        {
            case RequestOp.RequestOneofCase.RequestRange:
                added.RequestRange.Key = Add(added.RequestRange.Key);
                added.RequestRange.RangeEnd = AddToEnd(added.RequestRange.RangeEnd);
                break;
            case RequestOp.RequestOneofCase.RequestPut:
                added.RequestPut.Key = Add(added.RequestPut.Key);
                break;
            case RequestOp.RequestOneofCase.RequestDeleteRange:
                added.RequestDeleteRange.Key = Add(added.RequestDeleteRange.Key);
                added.RequestDeleteRange.RangeEnd = AddToEnd(added.RequestDeleteRange.RangeEnd);
                break;
            default:
                added.RequestTxn = Add(added.RequestTxn);
                break;
        }

        return added;
    }

    /// <summary>Whether a key has the prefix.</summary>
    public bool IsOn(ReadOnlyMemory<byte> key) => key.Span.StartsWith(prefix);

    /// <summary>A key without the prefix.</summary>
    public ReadOnlyMemory<byte> Remove(ReadOnlyMemory<byte> key) => key[prefix.Length..];

    /// <summary>A key without the prefix.</summary>
    public KeyValue Remove(KeyValue kv) =>
        new(Remove(kv.Key), kv.Value, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease);

    /// <summary>A key without the prefix, if there is one.</summary>
    public KeyValue? RemoveIfAny(KeyValue? kv) => kv is null ? null : Remove(kv);

    private TxnRequest Add(TxnRequest transaction)
    {
        TxnRequest added = new();
        added.Compare.AddRange(transaction.Compare.Select(Add));
        added.Success.AddRange(transaction.Success.Select(Add));
        added.Failure.AddRange(transaction.Failure.Select(Add));
        return added;
    }

    private ByteString Add(ByteString key) => Add(key.Memory).ToBytes();

    private ByteString AddToEnd(ByteString rangeEnd) =>
        rangeEnd.Length == 0 ? rangeEnd
        : rangeEnd.Span.SequenceEqual(NoEnd) ? end
        : Add(rangeEnd);
}
