using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Space;

/// <summary>What each call does while an alarm is raised, beside etcd.</summary>
public sealed class AlarmEffectTests
{
    private const long LeaseId = 0x77;

    /// <summary>With two alarms etcd names the one in seven of eight answers, the other in one.</summary>
    private const int HealthTries = 30;

    private static readonly ByteString Key = ByteString.CopyFromUtf8("alarmed");

    [Theory]
    [InlineData(AlarmType.Nospace)]
    [InlineData(AlarmType.Corrupt)]
    [InlineData(AlarmType.Nospace, AlarmType.Corrupt)]
    public async Task Every_call_is_served_or_refused_as_by_etcd_and_so_after_it_is_disarmed(params AlarmType[] types)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        List<string>[] outcomes = [[], []];
        foreach ((ServerProcess server, List<string> outcome) in (IEnumerable<(ServerProcess, List<string>)>)
            [(pair.Etcd, outcomes[0]), (pair.Netcd, outcomes[1])])
        {
            await CallAllAsync(server, outcome);
            foreach (AlarmType type in types)
            {
                await AlarmAsync(server.Channel, AlarmRequest.Types.AlarmAction.Activate, type, outcome);
            }

            await CallAllAsync(server, outcome);
            foreach (AlarmType type in types)
            {
                await AlarmAsync(server.Channel, AlarmRequest.Types.AlarmAction.Deactivate, type, outcome);
            }

            await CallAllAsync(server, outcome);
        }

        Assert.Equal(outcomes[0], outcomes[1]);
        Assert.Contains(outcomes[1], static outcome => outcome.StartsWith("Put: ResourceExhausted", StringComparison.Ordinal)
            || outcome.StartsWith("Put: DataLoss", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PR_22139_Puts_in_nested_transactions_count_against_the_quota()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), "--quota-backend-bytes", $"{1 << 20}");
        TxnRequest request = Nested(Nested(new TxnRequest { Success = { Put("one", 600_000), Put("two", 500_000) } }));
        KV.KVClient client = new(netcd.Channel);
        RpcException full = await Assert.ThrowsAsync<RpcException>(async () => await client.TxnAsync(request));
        Assert.Equal(
            (StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded"), (full.StatusCode, full.Status.Detail));
        Assert.Empty((await netcd.Channel.PrefixAsync("nested/")).Kvs);

        // The alarm counts for them too, however small they are: etcd 3.5 lets them through.
        full = await Assert.ThrowsAsync<RpcException>(
            async () => await client.TxnAsync(Nested(new TxnRequest { Success = { Put("three", 1) } })));
        Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
    }

    [Fact]
    public async Task A_quota_above_8_GiB_is_in_force_and_reported()
    {
        using TemporaryFolder folder = new();
        long quota = 100L << 30;
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), "--quota-backend-bytes", $"{quota}");
        await netcd.Channel.PutAsync("key", "value");
        StatusResponse status = await new Maintenance.MaintenanceClient(netcd.Channel).StatusAsync(new StatusRequest());
        Assert.Equal(quota, status.DbSizeQuota);
    }

    private static RequestOp Put(string key, int bytes) => new()
    {
        RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8("nested/" + key), Value = ByteString.CopyFrom(new byte[bytes]) },
    };

    private static TxnRequest Nested(TxnRequest inner) => new() { Success = { new RequestOp { RequestTxn = inner } } };

    private static async Task AlarmAsync(GrpcChannel channel, AlarmRequest.Types.AlarmAction action, AlarmType type, List<string> outcomes)
    {
        Maintenance.MaintenanceClient client = new(channel);
        ulong member = (await client.StatusAsync(new StatusRequest())).Header.MemberId;
        AlarmResponse answer = await client.AlarmAsync(new AlarmRequest { Action = action, Alarm = type, MemberID = member });
        outcomes.Add($"{action} {type}: {Describe(answer)}");
    }

    /// <summary>In order of their types: etcd lists them as its hash table has them, which is by chance.</summary>
    private static string Describe(AlarmResponse answer) => string.Join(' ', answer.Alarms.Select(static alarm => alarm.Alarm).Order());

    /// <summary>What the page says that is last in the alphabet: of two alarms etcd names one by chance.</summary>
    private static async Task<string> HealthAsync(ServerProcess server)
    {
        using HttpClient http = new();
        SortedSet<string> answers = new(StringComparer.Ordinal);
        for (int tries = 0; tries < HealthTries; tries++)
        {
            using HttpResponseMessage health = await http.GetAsync(new Uri($"http://{server.Endpoint}/health"));
            answers.Add($"{(int)health.StatusCode} {await health.Content.ReadAsStringAsync()}");
        }

        return answers.Max!;
    }

    private static async Task CallAllAsync(ServerProcess server, List<string> outcomes)
    {
        GrpcChannel channel = server.Channel;
        KV.KVClient kv = new(channel);
        Lease.LeaseClient leases = new(channel);
        Maintenance.MaintenanceClient maintenance = new(channel);
        RequestOp put = new() { RequestPut = new PutRequest { Key = Key } };
        RequestOp delete = new() { RequestDeleteRange = new DeleteRangeRequest { Key = Key } };
        RequestOp range = new() { RequestRange = new RangeRequest { Key = Key } };
        Compare never = new() { Key = Key, Target = Compare.Types.CompareTarget.Version, Version = 1L << 40 };
        await NoteAsync("LeaseGrant", async () => await leases.LeaseGrantAsync(new LeaseGrantRequest { ID = LeaseId, TTL = 600 }));
        await NoteAsync("Put", async () => await kv.PutAsync(new PutRequest { Key = Key, Value = Key }));
        await NoteAsync("Put with lease", async () => await kv.PutAsync(new PutRequest { Key = Key, Lease = LeaseId }));
        await NoteAsync("Range", async () => await kv.RangeAsync(new RangeRequest { Key = Key }));
        await NoteAsync("Range, serializable", async () => await kv.RangeAsync(new RangeRequest { Key = Key, Serializable = true }));
        await NoteAsync("Txn that reads", async () => await kv.TxnAsync(new TxnRequest { Success = { range } }));
        await NoteAsync("Txn that puts", async () => await kv.TxnAsync(new TxnRequest { Success = { range, put } }));
        await NoteAsync("Txn that would put", async () => await kv.TxnAsync(new TxnRequest { Compare = { never }, Success = { put } }));
        await NoteAsync("Txn that deletes", async () => await kv.TxnAsync(new TxnRequest { Success = { delete } }));
        await NoteAsync("DeleteRange", async () => await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = Key }));
        await NoteAsync("Compact", async () =>
        {
            long revision = (await kv.RangeAsync(new RangeRequest { Key = Key })).Header.Revision;
            return await kv.CompactAsync(new CompactionRequest { Revision = revision });
        });
        await NoteAsync("LeaseTimeToLive", async () => await leases.LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = LeaseId }));
        await NoteAsync("LeaseLeases", async () => await leases.LeaseLeasesAsync(new LeaseLeasesRequest()));
        await NoteAsync("LeaseKeepAlive", async () =>
        {
            using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = leases.LeaseKeepAlive();
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = LeaseId });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            return call.ResponseStream.Current;
        });
        await NoteAsync("LeaseRevoke", async () => await leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = LeaseId }));
        await NoteAsync("Watch", async () =>
        {
            using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call = new Watch.WatchClient(channel).Watch();
            await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Key } });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            return call.ResponseStream.Current;
        });
        await NoteAsync("RoleAdd", async () =>
            await new Protocol.V3.Auth.AuthClient(channel).RoleAddAsync(new AuthRoleAddRequest { Name = $"role{outcomes.Count}" }));
        await NoteAsync("MemberList", async () => await new Cluster.ClusterClient(channel).MemberListAsync(new MemberListRequest()));
        await NoteAsync("HashKV", async () => await maintenance.HashKVAsync(new HashKVRequest()));
        outcomes.Add("Alarms: " + Describe(await maintenance.AlarmAsync(new AlarmRequest())));
        outcomes.Add("Alarms CORRUPT: " + Describe(await maintenance.AlarmAsync(new AlarmRequest { Alarm = AlarmType.Corrupt })));
        outcomes.Add("Errors: " + (await maintenance.StatusAsync(new StatusRequest())).Errors.Count);
        outcomes.Add("health: " + await HealthAsync(server));

        async Task NoteAsync(string call, Func<Task<IMessage>> run)
        {
            try
            {
                await run();
                outcomes.Add(call + ": OK");
            }
            catch (RpcException failure)
            {
                outcomes.Add($"{call}: {failure.StatusCode} {failure.Status.Detail}");
            }
        }
    }
}
