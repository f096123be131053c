using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>What callers ask for, as messages.</summary>
internal static class Requests
{
    public static RangeRequest Range(KeyRange range, RangeOptions? options)
    {
        RangeRequest request = new() { Key = range.Start.ToBytes(), RangeEnd = range.End.ToBytes() };
        if (options is null)
        {
            return request;
        }

        request.Revision = options.Revision;
        request.Limit = options.Limit;
        request.Serializable = options.Serializable;
        request.KeysOnly = options.KeysOnly;
        request.CountOnly = options.CountOnly;
        request.SortTarget = (RangeRequest.Types.SortTarget)options.SortBy;
        request.SortOrder = OrderOf(options);
        request.MinModRevision = options.MinModRevision;
        request.MaxModRevision = options.MaxModRevision;
        request.MinCreateRevision = options.MinCreateRevision;
        request.MaxCreateRevision = options.MaxCreateRevision;
        return request;
    }

    public static PutRequest Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options)
    {
        PutRequest request = new() { Key = key.ToBytes(), Value = value.ToBytes() };
        if (options is not null)
        {
            request.Lease = options.Lease;
            request.PrevKv = options.ReturnPrevious;
            request.IgnoreValue = options.KeepValue;
            request.IgnoreLease = options.KeepLease;
        }

        return request;
    }

    public static DeleteRangeRequest Delete(KeyRange range, DeleteOptions? options) => new()
    {
        Key = range.Start.ToBytes(),
        RangeEnd = range.End.ToBytes(),
        PrevKv = options?.ReturnPrevious ?? false,
    };

    /// <summary>Without an order of its own a server may give the keys as it likes, which is by key.</summary>
    private static RangeRequest.Types.SortOrder OrderOf(RangeOptions options) => options switch
    {
        { Descending: true } => RangeRequest.Types.SortOrder.Descend,
        { SortBy: SortBy.Key } => RangeRequest.Types.SortOrder.None,
        _ => RangeRequest.Types.SortOrder.Ascend,
    };
}
