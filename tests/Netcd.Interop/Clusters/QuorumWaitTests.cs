using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Gateway;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>What a member says and serves that has no quorum: at its start, and later.</summary>
public sealed class QuorumWaitTests
{
    private const string Ready = "ready to serve client requests";

    /// <summary>Every call that one may make of a member without a leader, and what it takes with it.</summary>
    private static readonly (string Path, string Body)[] Calls =
    [
        ("kv/range", """{"key":"YQ=="}"""), ("kv/range", """{"key":"YQ==","serializable":true}"""), ("kv/put", """{"key":"YQ=="}"""),
        ("kv/deleterange", """{"key":"YQ=="}"""), ("kv/txn", "{}"), ("kv/txn", """{"success":[{"requestRange":{"key":"YQ=="}}]}"""),
        ("kv/txn", """{"success":[{"requestRange":{"key":"YQ==","serializable":true}}]}"""),
        ("kv/txn", """{"success":[{"requestPut":{"key":"YQ=="}}]}"""),
        ("kv/compaction", """{"revision":"1"}"""), ("lease/grant", """{"TTL":"10"}"""), ("lease/revoke", """{"ID":"1"}"""),
        ("lease/timetolive", """{"ID":"1"}"""), ("lease/leases", "{}"),
        ("lease/keepalive", """{"ID":"1"}"""), ("cluster/member/list", "{}"),
        ("cluster/member/list", """{"linearizable":true}"""), ("cluster/member/add", """{"peerURLs":["http://127.0.0.1:1"]}"""),
        ("cluster/member/promote", """{"ID":"1"}"""), ("maintenance/status", "{}"),
        ("maintenance/hashkv", "{}"), ("maintenance/hash", "{}"), ("maintenance/defragment", "{}"),
        ("maintenance/alarm", "{}"), ("maintenance/alarm", """{"action":"ACTIVATE","alarm":"NOSPACE","memberID":"1"}"""),
        ("maintenance/transfer-leadership", """{"targetID":"1"}"""),
        ("lock/lock", """{"name":"YQ=="}"""), ("watch", """{"create_request":{"key":"YQ=="}}"""),
    ];

    [Fact]
    public async Task A_member_that_starts_without_a_quorum_is_not_ready_and_serves_what_needs_none()
    {
        await using ProcessCluster cluster = ProcessCluster.Prepare(2);
        ClusterMember early = cluster.Members[0];
        cluster.StartAsNew(early);
        await Poll.UntilAsync(async () => await GetAsync(early, "version") is (HttpStatusCode.OK, _));

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"health":"false","reason":"RAFT NO LEADER"}"""), await GetAsync(early, "health"));
        Assert.Equal((HttpStatusCode.OK, """{"health":"true","reason":""}"""), await GetAsync(early, "health?serializable=true"));
        Assert.Contains("etcd_server_has_leader 0", (await GetAsync(early, "metrics")).Body, StringComparison.Ordinal);
        Assert.Equal(
            ["etcdserver: no leader"], (await new Maintenance.MaintenanceClient(early.Channel).StatusAsync(new StatusRequest())).Errors);
        Assert.Empty(
            (await new KV.KVClient(early.Channel)
                .RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("a"), Serializable = true })).Kvs);
        RpcException late = await Assert.ThrowsAsync<RpcException>(
            async () => await new KV.KVClient(early.Channel).PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("a") }));
        Assert.Equal((StatusCode.DeadlineExceeded, "context deadline exceeded"), (late.StatusCode, late.Status.Detail));
        Assert.DoesNotContain(Ready, early.Log, StringComparison.Ordinal);

        cluster.StartAsNew(cluster.Members[1]);
        await early.ReadyAsync();
        await cluster.Members[1].ReadyAsync();
        await early.Channel.PutAsync("a", "b");
        Assert.Equal((HttpStatusCode.OK, """{"health":"true","reason":""}"""), await GetAsync(early, "health"));
    }

    [Fact]
    public async Task A_member_that_is_ended_before_there_is_a_quorum_never_was_ready()
    {
        await using ProcessCluster cluster = ProcessCluster.Prepare(2);
        ClusterMember early = cluster.Members[0];
        cluster.StartAsNew(early);
        await Poll.UntilAsync(async () => await GetAsync(early, "version") is (HttpStatusCode.OK, _));
        await early.TerminateAsync();
        Assert.DoesNotContain(Ready, early.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_lost_its_quorum_answers_every_call_as_etcd_does()
    {
        string[] programs = [NetcdProgram.Path, await EtcdPrograms.EtcdAsync()];
        await using ProcessCluster netcd = await ProcessCluster.StartAsync([programs[0], programs[0]]);
        await using ProcessCluster etcd = await ProcessCluster.StartAsync([programs[1], programs[1]], "--initial-cluster-token", "another");
        foreach (ProcessCluster cluster in (ProcessCluster[])[netcd, etcd])
        {
            ClusterMember leader = await cluster.LeaderAsync();
            await leader.Channel.PutAsync("a", "b");
            await cluster.AssertSameEverywhereAsync();
            await leader.KillAsync();
        }

        ClusterMember[] left = [netcd.Members.Single(member => member.IsRunning), etcd.Members.Single(member => member.IsRunning)];
        foreach (ClusterMember member in left)
        {
            await Poll.UntilAsync(
                async () => (await GetAsync(member, "health")).Body == """{"health":"false","reason":"RAFT NO LEADER"}""");
        }

        // All at once: most of them wait for seven seconds.
        string[] differences = await Task.WhenAll(Calls.Select(async call =>
        {
            GatewayAnswer[] answers = await Task.WhenAll(
                left.Select(member => GatewayAnswer.OfAsync(member.Endpoint, call.Path, call.Body)));
            return answers[0] == answers[1] ? "" : $"\n{call.Path} {call.Body}\n  etcd  {answers[1]}\n  netcd {answers[0]}";
        }));
        Assert.True(Array.TrueForAll(differences, static difference => difference.Length == 0), string.Concat(differences));
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(ClusterMember member, string path)
    {
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(30) };
        try
        {
            using HttpResponseMessage response = await client.GetAsync($"http://{member.Endpoint}/{path}");
            return (response.StatusCode, (await response.Content.ReadAsStringAsync()).TrimEnd('\n'));
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }
}
