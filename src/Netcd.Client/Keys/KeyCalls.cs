using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>The calls of etcd's KV service.</summary>
internal static class KeyCalls
{
    private const string Service = "etcdserverpb.KV";

    public static Method<RangeRequest, RangeResponse> Range { get; } =
        Messages.Unary<RangeRequest, RangeResponse>(Service, "Range", RangeResponse.Parser);

    public static Method<RangeRequest, RangeStreamResponse> RangeStream { get; } =
        Messages.ServerStream<RangeRequest, RangeStreamResponse>(Service, "RangeStream", RangeStreamResponse.Parser);

    public static Method<PutRequest, PutResponse> Put { get; } =
        Messages.Unary<PutRequest, PutResponse>(Service, "Put", PutResponse.Parser);

    public static Method<DeleteRangeRequest, DeleteRangeResponse> DeleteRange { get; } =
        Messages.Unary<DeleteRangeRequest, DeleteRangeResponse>(Service, "DeleteRange", DeleteRangeResponse.Parser);

    public static Method<TxnRequest, TxnResponse> Txn { get; } =
        Messages.Unary<TxnRequest, TxnResponse>(Service, "Txn", TxnResponse.Parser);

    public static Method<CompactionRequest, CompactionResponse> Compact { get; } =
        Messages.Unary<CompactionRequest, CompactionResponse>(Service, "Compact", CompactionResponse.Parser);
}
