using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;

namespace Netcd.Interop.Transport;

/// <summary>A caller's time is kept by every kind of call.</summary>
public sealed class DeadlineTests
{
    private static readonly ByteString Name = ByteString.CopyFromUtf8("queue");

    /// <summary>etcd resets the stream, or says so where it is quicker than its own timer; netcd always says so.</summary>
    [Fact]
    public async Task A_call_that_waits_ends_when_the_callers_time_is_over()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        using HttpClient etcd = RawCall.Open(pair.Etcd);
        using HttpClient netcd = RawCall.Open(pair.Netcd);
        byte[] lockRequest = RawCall.Frame(new LockRequest { Name = Name });
        byte[] campaign = RawCall.Frame(new CampaignRequest { Name = ByteString.CopyFromUtf8("office"), Value = Name });
        foreach (HttpClient client in (HttpClient[])[etcd, netcd])
        {
            Assert.Equal("0", (await new RawCall("/v3lockpb.Lock/Lock", lockRequest).SendAsync(client)).Status);
            Assert.Equal("0", (await new RawCall("/v3electionpb.Election/Campaign", campaign).SendAsync(client)).Status);
        }

        byte[] watch = RawCall.Frame(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Name } });
        byte[] keepAlive = RawCall.Frame(new LeaseKeepAliveRequest { ID = 7 });
        byte[] observe = RawCall.Frame(new LeaderRequest { Name = Name });
        RawCall[] calls =
        [
            Open("/etcdserverpb.KV/Range", []), Open("/etcdserverpb.KV/Put", [0, 0, 0]), Open("/etcdserverpb.Cluster/MemberList", []),
            Open("/etcdserverpb.Maintenance/Snapshot", []), Open("/etcdserverpb.Watch/Watch", watch), Open("/etcdserverpb.Watch/Watch", []),
            new("/etcdserverpb.Watch/Watch", watch), Open("/etcdserverpb.Lease/LeaseKeepAlive", keepAlive),
            Open("/etcdserverpb.Lease/LeaseKeepAlive", []),
            new("/v3electionpb.Election/Observe", observe), new("/grpc.health.v1.Health/Watch", RawCall.Frame([])),
            new("/v3lockpb.Lock/Lock", lockRequest), new("/v3electionpb.Election/Campaign", campaign),
        ];
        await Parallel.ForEachAsync(calls, async (call, _) =>
        {
            call = call with { Headers = [("grpc-timeout", "250m")] };
            RawAnswer expected = await call.SendAsync(etcd);
            Assert.True(
                expected.Status == "4" || expected.HttpStatus == "reset" || expected.Message == "Stream has ended.",
                $"etcd: {call}: {expected}");
            RawAnswer answer = await call.SendAsync(netcd);
            Assert.True((answer.Status, answer.Message) == ("4", "context deadline exceeded"), $"{call}: {answer}");
        });
    }

    private static RawCall Open(string path, byte[] body) => new(path, body) { Ends = false };
}
