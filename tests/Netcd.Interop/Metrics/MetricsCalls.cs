using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Leases;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Metrics;

/// <summary>Calls of every kind, the same to either server, each another number of times.</summary>
internal static class MetricsCalls
{
    private const int Puts = 23;
    private const int Gets = 17;
    private const int Deletions = 3;
    private const int Transactions = 5;
    private const int Refusals = 4;

    public static async Task MakeAsync(ServerProcess server)
    {
        KV.KVClient kv = new(server.Channel);
        for (int n = 0; n < Puts; n++)
        {
            await kv.PutAsync(new PutRequest { Key = Utf8($"key-{n % 11}"), Value = Utf8(new string('v', n)), PrevKv = n % 5 == 0 });
        }

        for (int n = 0; n < Gets; n++)
        {
            await kv.RangeAsync(new RangeRequest { Key = Utf8("key-"), RangeEnd = Utf8("key."), Limit = n });
        }

        for (int n = 0; n < Deletions; n++)
        {
            await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = Utf8($"key-{n}"), PrevKv = n == 1 });
        }

        for (int n = 0; n < Transactions; n++)
        {
            await kv.TxnAsync(Transaction(n));
        }

        await RefuseAsync(kv);
        await kv.CompactAsync(new CompactionRequest { Revision = 12, Physical = true });
        await LeaseAndWatchAsync(server);
        await MaintainAsync(server);
    }

    private static TxnRequest Transaction(int number)
    {
        TxnRequest request = new();
        request.Compare.Add(new Compare { Key = Utf8("key-5"), Target = Compare.Types.CompareTarget.Version, Version = 9_999 });
        request.Failure.Add(new RequestOp { RequestRange = new RangeRequest { Key = Utf8("key-6") } });
        if (number % 2 == 0)
        {
            request.Failure.Add(new RequestOp { RequestPut = new PutRequest { Key = Utf8("txn"), Value = Utf8("written") } });
            request.Failure.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Utf8("nothing") } });
        }

        return request;
    }

    private static async Task RefuseAsync(KV.KVClient kv)
    {
        for (int n = 0; n < Refusals; n++)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await kv.PutAsync(new PutRequest()));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        }

        await Assert.ThrowsAsync<RpcException>(async () => await kv.RangeAsync(new RangeRequest { Key = Utf8("a"), Revision = 1_000_000 }));
    }

    private static async Task LeaseAndWatchAsync(ServerProcess server)
    {
        await server.Channel.GrantAsync(7, 600);
        await server.Channel.GrantAsync(8, 700);
        await server.Channel.KeepAliveAsync(7);
        using WatchClient watch = new(server.Channel);
        await watch.CreateAsync(new WatchCreateRequest { Key = Utf8("key-"), RangeEnd = Utf8("key."), StartRevision = 20 });
    }

    private static async Task MaintainAsync(ServerProcess server)
    {
        Maintenance.MaintenanceClient maintenance = new(server.Channel);
        await maintenance.StatusAsync(new StatusRequest());
        await maintenance.HashAsync(new HashRequest());
        await maintenance.HashKVAsync(new HashKVRequest());
        await foreach (SnapshotResponse _ in maintenance.Snapshot(new SnapshotRequest()).ResponseStream.ReadAllAsync())
        {
        }

        await new Cluster.ClusterClient(server.Channel).MemberListAsync(new MemberListRequest());
        await Assert.ThrowsAsync<RpcException>(async () => await new Protocol.V3.Auth.AuthClient(server.Channel)
            .AuthenticateAsync(new AuthenticateRequest { Name = "nobody", Password = "none" }));
    }

    private static ByteString Utf8(string text) => ByteString.CopyFromUtf8(text);
}
