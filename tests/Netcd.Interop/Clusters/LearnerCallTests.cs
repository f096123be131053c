using Grpc.Core;
using Netcd.Interop.Gateway;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>Which calls a learner answers: it follows, and may be far behind.</summary>
public sealed class LearnerCallTests
{
    private static readonly (string Path, string Body)[] Calls =
    [
        ("kv/range", """{"key":"YQ=="}"""), ("kv/range", """{"key":"YQ==","serializable":true}"""),
        ("kv/range", """{"serializable":true}"""),
        ("kv/put", """{"key":"YQ=="}"""), ("kv/put", "{}"), ("kv/deleterange", """{"key":"YQ=="}"""), ("kv/txn", "{}"),
        ("kv/txn", """{"success":[{"requestRange":{"key":"YQ==","serializable":true}}]}"""), ("kv/compaction", """{"revision":"1"}"""),
        ("lease/grant", """{"TTL":"10"}"""), ("lease/revoke", """{"ID":"1"}"""),
        ("lease/timetolive", """{"ID":"1"}"""), ("lease/leases", "{}"),
        ("lease/keepalive", """{"ID":"1"}"""), ("cluster/member/list", "{}"), ("cluster/member/list", """{"linearizable":true}"""),
        ("cluster/member/add", """{"peerURLs":["http://127.0.0.1:1"]}"""),
        ("cluster/member/update", """{"ID":"1","peerURLs":["http://127.0.0.1:1"]}"""),
        ("cluster/member/remove", """{"ID":"1"}"""), ("cluster/member/promote", """{"ID":"1"}"""), ("maintenance/status", "{}"),
        ("maintenance/hash", "{}"), ("maintenance/hashkv", "{}"), ("maintenance/alarm", "{}"), ("maintenance/snapshot", "{}"),
        ("maintenance/defragment", "{}"),
        ("maintenance/transfer-leadership", """{"targetID":"1"}"""),
        ("watch", """{"create_request":{"key":"YQ=="}}"""), ("lock/lock", """{"name":"YQ=="}"""),
        ("lock/unlock", """{"key":"YQ=="}"""), ("election/leader", """{"name":"YQ=="}"""), ("election/campaign", """{"name":"YQ=="}"""),
        ("election/proclaim", """{"leader":{"name":"YQ=="}}"""),
        ("election/resign", """{"leader":{"name":"YQ=="}}"""), ("election/observe", """{"name":"YQ=="}"""),
    ];

    [Fact]
    public async Task A_learner_answers_and_refuses_the_calls_that_etcds_does()
    {
        await using ProcessCluster netcd = await ProcessCluster.NetcdAsync(1);
        await using ProcessCluster etcd = await ProcessCluster.StartAsync(
            [await EtcdPrograms.EtcdAsync()], "--initial-cluster-token", "another");
        ClusterMember ofNetcd = await WithLearnerAsync(netcd);
        ClusterMember ofEtcd = await WithLearnerAsync(etcd);
        List<string> differences = [];
        foreach ((string path, string body) in Calls)
        {
            GatewayAnswer expected = await GatewayAnswer.OfAsync(ofEtcd.Endpoint, path, body);
            GatewayAnswer actual = await GatewayAnswer.OfAsync(ofNetcd.Endpoint, path, body);
            if (AsOfLater(expected) != actual)
            {
                differences.Add($"{path} {body}\n  etcd  {expected}\n  netcd {actual}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    /// <summary>The unary calls of the services that the gRPC library serves, which refuse before they wait for anything.</summary>
    [Fact]
    public async Task A_refusal_reaches_a_gRPC_client_of_a_learner_as_such()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(1);
        ClusterMember learner = await WithLearnerAsync(cluster);
        Maintenance.MaintenanceClient maintenance = new(learner.Channel);
        Func<Task>[] calls =
        [
            async () => await maintenance.HashKVAsync(new HashKVRequest()), async () => await maintenance.HashAsync(new HashRequest()),
            async () => await maintenance.AlarmAsync(new AlarmRequest()),
            async () => await maintenance.DefragmentAsync(new DefragmentRequest()),
            async () => await maintenance.MoveLeaderAsync(new MoveLeaderRequest()),
            async () => await new Lease.LeaseClient(learner.Channel).LeaseLeasesAsync(new LeaseLeasesRequest()),
            async () => await new Cluster.ClusterClient(learner.Channel).MemberListAsync(new MemberListRequest()),
            async () => await new KV.KVClient(learner.Channel).PutAsync(new PutRequest()),
        ];
        foreach (Func<Task> call in calls)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(
                (StatusCode.FailedPrecondition, "etcdserver: rpc not supported for learner"), (refused.StatusCode, refused.Status.Detail));
        }
    }

    private static async Task<ClusterMember> WithLearnerAsync(ProcessCluster cluster)
    {
        await cluster.Members[0].Channel.PutAsync("a", "b");
        ClusterMember learner = await cluster.AddAsync(cluster.Members[0].Program, asLearner: true);
        await Poll.UntilAsync(
            async () => (await GatewayAnswer.OfAsync(learner.Endpoint, "kv/range", """{"key":"YQ==","serializable":true}""")).Body.Contains(
                "kvs", StringComparison.Ordinal));
        return learner;
    }

    /// <summary>etcd 3.6 gives the refusal another code than 3.5 does, and netcd has the API of 3.6.</summary>
    private static GatewayAnswer AsOfLater(GatewayAnswer answer) =>
        answer.Status == 503 && answer.Body.Contains("rpc not supported for learner", StringComparison.Ordinal)
            ? new GatewayAnswer(400, answer.Body.Replace("\"code\":14", "\"code\":9", StringComparison.Ordinal))
            : answer;
}
