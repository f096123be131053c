using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Differential;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.BadRequests;

/// <summary>Requests that are wrong get etcd's error, and the server lives on.</summary>
public sealed class BadRequestTests
{
    [Fact]
    public async Task Wrong_requests_get_the_code_and_the_text_of_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        ByteString key = ByteString.CopyFromUtf8("k");
        ByteString end = ByteString.CopyFromUtf8("z");
        TxnRequest tooMany = new();
        for (int n = 0; n < 129; n++)
        {
            tooMany.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8("k" + n) } });
        }

        IMessage[] requests =
        [
            new PutRequest { Key = key, Value = key }, new PutRequest { Key = key, Value = end }, new CompactionRequest { Revision = 2 },
            new RangeRequest(), new PutRequest(), new DeleteRangeRequest(),
            new TxnRequest { Success = { new RequestOp() } }, new TxnRequest(),
            new RangeRequest { Key = key, Revision = 99 },
            new RangeRequest { Key = key, Revision = 1 }, new RangeRequest { Key = key, Revision = -5 },
            new CompactionRequest { Revision = 1 }, new CompactionRequest { Revision = 99 }, new CompactionRequest { Revision = -1 },
            new PutRequest { Key = key, Value = key, IgnoreValue = true }, new PutRequest { Key = end, IgnoreValue = true },
            new PutRequest { Key = key, Lease = 5, IgnoreLease = true }, new PutRequest { Key = key, Lease = 5 }, tooMany,
            new TxnRequest { Success = { new RequestOp { RequestRange = new RangeRequest { Key = key, Revision = 99 } } } },
            new TxnRequest { Success = { new RequestOp { RequestRange = new RangeRequest { Key = key, Revision = 1 } },
                new RequestOp { RequestPut = new PutRequest { Key = key } } } },
            new TxnRequest { Compare = { new Compare { Key = key, Target = (Compare.Types.CompareTarget)9 } } },
            new TxnRequest { Compare = { new Compare { Key = key, Result = (Compare.Types.CompareResult)9 } } },
            new TxnRequest { Compare = { new Compare() } },
            new PutRequest { Key = key, Value = Big(1536 * 1024) },
            new PutRequest { Key = key, Value = Big((2048 * 1024) + 1000) }, new RangeRequest { Key = key },
        ];
        StringBuilder differences = new();
        foreach (IMessage request in requests)
        {
            Outcome etcd = await Outcome.OfAsync(pair.Etcd.Channel, request);
            Outcome netcd = await Outcome.OfAsync(pair.Netcd.Channel, request);
            if (!Outcome.Same(request, etcd, netcd))
            {
                string text = request.ToString()!;
                differences.Append(
                    $"\n{request.Descriptor.Name} {text[..Math.Min(text.Length, 300)]}\n  etcd:  {etcd}\n  netcd: {netcd}\n");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    /// <summary>Asked of netcd alone: an unknown sort target ends the process of etcd 3.5.</summary>
    [Fact]
    public async Task An_unknown_sort_option_is_refused_and_the_server_lives_on()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        ByteString key = ByteString.CopyFromUtf8("k");
        RangeRequest[] requests =
        [
            new() { Key = key, RangeEnd = key, SortOrder = (RangeRequest.Types.SortOrder)9 },
            new() { Key = key, RangeEnd = key, SortOrder = (RangeRequest.Types.SortOrder)(-1) },
            new() { Key = key, RangeEnd = key, SortTarget = (RangeRequest.Types.SortTarget)9 },
        ];
        foreach (RangeRequest request in requests)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(
                async () => await new KV.KVClient(netcd.Channel).RangeAsync(request));
            Assert.Equal((StatusCode.InvalidArgument, "etcdserver: invalid sort option"), (refused.StatusCode, refused.Status.Detail));
        }

        await netcd.Channel.PutAsync("alive", "yes");
        Assert.Single((await netcd.Channel.PrefixAsync("alive")).Kvs);
    }

    /// <summary>Asked of netcd alone: etcd 3.5 ends over them, and again at each start.</summary>
    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 7)]
    [InlineData(0, 7)]
    [InlineData(9, 1)]
    [InlineData(-1, 0)]
    public async Task An_alarm_of_an_unknown_action_or_type_is_refused_and_raises_nothing(int action, int type)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        Maintenance.MaintenanceClient maintenance = new(netcd.Channel);
        AlarmRequest request = new() { Action = (AlarmRequest.Types.AlarmAction)action, Alarm = (AlarmType)type, MemberID = 3 };
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await maintenance.AlarmAsync(request));
        Assert.Equal((StatusCode.InvalidArgument, "etcdserver: invalid alarm type or action"), (refused.StatusCode, refused.Status.Detail));
        Assert.Empty((await maintenance.AlarmAsync(new AlarmRequest())).Alarms);
        await netcd.Channel.PutAsync("alive", "yes");
    }

    /// <summary>Asked of netcd alone: etcd 3.5 ends over them, and again at each start.</summary>
    [Theory]
    [InlineData("127.0.0.1:1")]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:1/path")]
    [InlineData("")]
    public async Task A_member_update_with_urls_that_are_none_is_refused_and_changes_nothing(string url)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        Cluster.ClusterClient cluster = new(netcd.Channel);
        Protocol.V3.Member self = Assert.Single((await cluster.MemberListAsync(new MemberListRequest())).Members);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            async () => await cluster.MemberUpdateAsync(new MemberUpdateRequest { ID = self.ID, PeerURLs = { url } }));
        Assert.Equal(
            (StatusCode.InvalidArgument, "etcdserver: given member URLs are invalid"), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal(self, Assert.Single((await cluster.MemberListAsync(new MemberListRequest())).Members));
    }

    [Fact]
    public async Task A_member_update_says_first_that_there_is_no_such_member()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (string url in (string[])["http://127.0.0.1:1", "nonsense", "127.0.0.1:1", ""])
        {
            MemberUpdateRequest request = new() { ID = 77, PeerURLs = { url } };
            RpcException[] refused = await Task.WhenAll(new[] { pair.Etcd, pair.Netcd }.Select(
                server => Assert.ThrowsAsync<RpcException>(
                    async () => await new Cluster.ClusterClient(server.Channel).MemberUpdateAsync(request))));
            Assert.Equal((StatusCode.NotFound, "etcdserver: member not found"), (refused[0].StatusCode, refused[0].Status.Detail));
            Assert.Equal((StatusCode.NotFound, "etcdserver: member not found"), (refused[1].StatusCode, refused[1].Status.Detail));
        }
    }

    [Theory]
    [InlineData("Range")]
    [InlineData("Put")]
    [InlineData("DeleteRange")]
    [InlineData("Txn")]
    [InlineData("Compact")]
    public async Task Bytes_that_are_no_message_are_refused_and_the_server_lives_on(string method)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        Marshaller<byte[]> bytes = Marshallers.Create(static b => b, static b => b);
        Method<byte[], byte[]> raw = new(MethodType.Unary, "etcdserverpb.KV", method, bytes, bytes);
        foreach (string hex in (string[])["ff", "0aff", "0a05", "0affffffff0f", "0b", "07", "ffffffffffffffffffff01", "0a016108"])
        {
            using AsyncUnaryCall<byte[]> call = netcd.Channel.CreateCallInvoker().AsyncUnaryCall(
                raw, null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(30)), Convert.FromHexString(hex));
            RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await call);
            Assert.Equal(StatusCode.Internal, refused.StatusCode);
        }

        await netcd.Channel.PutAsync("alive", "yes");
        Assert.Single((await netcd.Channel.PrefixAsync("alive")).Kvs);
    }

    private static ByteString Big(int size) => ByteString.CopyFrom(new byte[size]);
}
