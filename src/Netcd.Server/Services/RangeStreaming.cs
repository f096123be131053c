using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>
/// A Range in pieces, read at one revision. A piece holds few keys at first and as many as fill about
/// <see cref="TargetBytes"/> later; the header, the count and <c>more</c> stand on the last one, as in etcd.
/// </summary>
internal static class RangeStreaming
{
    private const int FirstChunkKeys = 10;
    private const int MaxChunkKeys = 10_000;
    private const int TargetBytes = 1 << 20;

    public static async ValueTask RunAsync(
        EtcdNode node, RangeRequest request, Func<RangeResponse, ValueTask> write, CancellationToken cancellation)
    {
        RangeRequest piece = request.Clone();
        long remaining = request.Limit <= 0 ? long.MaxValue : request.Limit;
        long chunk = FirstChunkKeys;
        long count = -1;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            piece.Limit = Math.Min(chunk, remaining);
            RangeResponse response = Read(node, piece);
            count = count < 0 ? response.Count : count;
            piece.Revision = piece.Revision > 0 ? piece.Revision : response.Header.Revision;
            remaining -= response.Kvs.Count;
            bool isLast = request.CountOnly || !response.More || remaining == 0;
            int size = response.CalculateSize();
            if (isLast)
            {
                response.Header = node.Header(response.Header.Revision);
                response.Count = count;
                await write(response).ConfigureAwait(false);
                return;
            }

            piece.Key = Google.Protobuf.ByteString.CopyFrom([.. response.Kvs[^1].Key.Span, 0]);
            response.Header = null;
            response.Count = 0;
            response.More = false;
            await write(response).ConfigureAwait(false);
            chunk = size < TargetBytes / 2 ? Math.Min(chunk * 2, MaxChunkKeys) : size > TargetBytes ? Math.Max(1, chunk / 2) : chunk;
        }
    }

    private static RangeResponse Read(EtcdNode node, RangeRequest request)
    {
        using ReadLease lease = node.Acquire();
        RangeResult result = EtcdNode.Range(lease, request);
        return result.Error is null ? result.ToMessage() : throw result.Error.ToException();
    }
}
