using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Transport;

/// <summary>A client that compresses what it sends, by the means of its library, on every kind of call.</summary>
public sealed class GzipClientTests
{
    private static readonly Grpc.Core.Metadata Compressed = new() { { "grpc-internal-encoding-request", "gzip" } };

    [Fact]
    public async Task A_client_that_compresses_gets_the_same_answers_on_calls_and_streams()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        CallOptions options = new(Compressed, DateTime.UtcNow.AddSeconds(30));
        ByteString key = ByteString.CopyFromUtf8("compressed");
        ByteString value = ByteString.CopyFrom(Enumerable.Range(0, 300_000).Select(static n => (byte)(n / 1000)).ToArray());
        KV.KVClient kv = new(netcd.Channel);

        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> watch = new Watch.WatchClient(netcd.Channel).Watch(options);
        await watch.RequestStream.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = key } });
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None) && watch.ResponseStream.Current.Created);
        await kv.PutAsync(new PutRequest { Key = key, Value = value }, options);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(value, Assert.Single(watch.ResponseStream.Current.Events).Kv.Value);

        Assert.Equal(value, Assert.Single((await kv.RangeAsync(new RangeRequest { Key = key }, options)).Kvs).Value);
        TxnRequest txn = new() { Success = { new RequestOp { RequestRange = new RangeRequest { Key = key } } } };
        Assert.Equal(value, Assert.Single((await kv.TxnAsync(txn, options)).Responses[0].ResponseRange.Kvs).Value);
        using AsyncServerStreamingCall<RangeStreamResponse> pieces = kv.RangeStream(new RangeRequest { Key = key }, options);
        Assert.True(await pieces.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(value, Assert.Single(pieces.ResponseStream.Current.RangeResponse.Kvs).Value);

        Lease.LeaseClient leases = new(netcd.Channel);
        long id = (await leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 60 }, options)).ID;
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> keepAlive = leases.LeaseKeepAlive(options);
        for (int n = 0; n < 3; n++)
        {
            await keepAlive.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id });
            Assert.True(await keepAlive.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal((id, 60), (keepAlive.ResponseStream.Current.ID, keepAlive.ResponseStream.Current.TTL));
        }

        Assert.Single(
            (await new Cluster.ClusterClient(netcd.Channel)
                .MemberListAsync(new MemberListRequest { Linearizable = true }, options)).Members);
        Assert.Equal(1, (await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = key }, options)).Deleted);
    }
}
