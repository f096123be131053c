using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.ClientTests.Watching;

/// <summary>Changes keys, by calls of its own that no client of ours is part of: puts, deletions, and transactions with several.</summary>
internal static class Writer
{
    /// <summary>Makes so many changes one after another. The last of them is a put.</summary>
    /// <returns>The last one's revision.</returns>
    public static async Task<long> WriteAsync(Func<GrpcChannel> server, string prefix, int changes, int seed)
    {
        Random random = new(seed);
        long last = 0;
        for (int n = 0; n < changes; n++)
        {
            TxnRequest request = NextOf(random, prefix, n, isLast: n == changes - 1);
            last = await UntilDoneAsync(server, request);
        }

        return last;
    }

    private static TxnRequest NextOf(Random random, string prefix, int n, bool isLast)
    {
        TxnRequest request = new();
        int operations = isLast ? 1 : random.Next(1, 4);
        foreach (int key in Enumerable.Range(0, 8).OrderBy(_ => random.Next()).Take(operations))
        {
            ByteString name = ByteString.CopyFromUtf8($"{prefix}{key}");
            request.Success.Add(!isLast && random.Next(4) == 0
                ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = name } }
                : new RequestOp { RequestPut = new PutRequest { Key = name, Value = ByteString.CopyFromUtf8($"v{n}") } });
        }

        return request;
    }

    /// <summary>A change that nobody knows of whether it happened happens once more: the store's history says what there was.</summary>
    private static async Task<long> UntilDoneAsync(Func<GrpcChannel> server, TxnRequest request)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                return (await new KV.KVClient(server()).TxnAsync(request, deadline: DateTime.UtcNow.AddSeconds(2))).Header.Revision;
            }
            catch (Exception failure) when (tries < 1_500 && failure is RpcException or ObjectDisposedException)
            {
                await Task.Delay(20);
            }
        }
    }
}
