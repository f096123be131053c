using System.Text.Json.Nodes;

namespace Netcd.Server.Tests.Gateway;

/// <summary>The same calls to etcd and to netcd get the same answers.</summary>
public sealed class DifferentialTests(GatewayServer server, RealEtcd etcd) : IClassFixture<GatewayServer>, IClassFixture<RealEtcd>
{
    /// <summary>What is each cluster's own.</summary>
    private static readonly string[] Own = ["cluster_id", "member_id", "raft_term", "hash", "hash_revision"];

    private static readonly (string Path, string Body)[] Calls =
    [
        ("kv/put", """{"key":"Zm9v","value":"YmFy"}"""),
        ("kv/put", """{"key":"Zm9v","value":"YmF6","prev_kv":true}"""),
        ("kv/put", """{"key":"Zm9v","value":"YQ==","ignore_value":true}"""),
        ("kv/put", """{"key":"bm8=","ignore_value":true}"""),
        ("kv/put", """{"value":"YQ=="}"""),
        ("kv/put", """{"key":"Zm9v","lease":"0"}"""),
        ("kv/put", """{"key":"Zm8x","value":"+/+/"}"""),
        ("kv/put", """{"key":"Zm8y","value":"-_-_"}"""),
        ("kv/range", """{"key":"Zm9v"}"""),
        ("kv/range", """{"key":"Zm8","rangeEnd":"Zm_","limit":1,"sortOrder":"DESCEND","sortTarget":"KEY"}"""),
        ("kv/range", """{"key":"AA==","range_end":"AA==","count_only":true}"""),
        ("kv/range", """{"key":"AA==","range_end":"AA==","keys_only":true,"sort_order":1,"sort_target":"MOD"}"""),
        ("kv/range", """{"key":"AA==","range_end":"AA==","limit":"1e0"}"""),
        ("kv/range", """{"key":"Zm9v","revision":"2"}"""),
        ("kv/range", """{"key":"Zm9v","revision":"99"}"""),
        ("kv/range", """{"key":"Zm9v","sort_order":"foo"}"""),
        ("kv/range", """{"key":"Zm9v","limit":true}"""),
        ("kv/range", """{"key":"Zm9v","range_end":[102]}"""),
        ("kv/range", """{"key":null}"""),
        ("kv/range", """{"KEY":"Zm9v"}"""),
        ("kv/range", "5x"),
        ("kv/range", "true"),
        ("kv/range", "{\"a\": \u0001"),
        ("kv/range", "{\"key\"\u007f"),
        ("kv/range", "é"),
        ("kv/range", """["""),
        ("kv/range", """{"key":"Zm9v","limit":"01"}"""),
        ("kv/range", """{"key":"Zm9v","limit":"+1"}"""),
        ("kv/range", """{"key":"Zm9v=="}"""),
        ("kv/range", """{"key":"Zm9v="}"""),
        ("kv/range", """{"key":"Z"}"""),
        ("kv/range", """{"key":"Zm+_"}"""),
        ("kv/range", """{"key":"Zm9v\ud800"}"""),
        ("kv/range", """{"key":"Zm9v\ud800","limit":1}"""),
        ("kv/range", """{"key":"Zm9v\udc00\ud800","limit":1}"""),
        ("kv/range", """{"key":"\ud83d\ude00\n\ud83dabcdé","limit":1}"""),
        ("kv/range", """{"nosuch":["\u00e9",{"\ud800é_____":1}],"key":"Zm9v"}"""),
        ("kv/range", """{"nosuch":[{"a":["b"]},"\ud83d\ude00"],"key":"Zm9v"}"""),
        ("kv/txn", ""),
        ("kv/txn",
            """{"compare":[{"key":"Zm9v","target":"VALUE","value":"eA=="}],"success":[{"request_range":{"key":"Zm9v"}}],"failure":[{"request_txn":{"compare":[{"key":"bmV3","target":"CREATE","create_revision":"0"}],"success":[{"request_put":{"key":"bmV3","value":"MQ=="}}]}}]}"""),
        ("kv/txn", """{"success":[{"requestPut":{"key":"YQ==","value":"MQ=="}},{"requestPut":{"key":"YQ==","value":"Mg=="}}]}"""),
        ("kv/txn", """{"success":[{"request_range":{"key":"bm9uZQ=="}},{"request_delete_range":{"key":"bm9uZQ=="}}]}"""),
        ("kv/txn", """{"compare":[{"key":"Zm9v","version":"1","value":"YQ=="}]}"""),
        ("kv/txn", """{"compare":5}"""),
        ("kv/txn", """{"success":[{}]}"""),
        ("kv/deleterange", """{"key":"bmV3","prev_kv":true}"""),
        ("kv/deleterange", """{"key":"bmV3"}"""),
        ("kv/deleterange", "{}"),
        ("kv/compaction", """{"revision":"3"}"""),
        ("kv/compaction", """{"revision":3}"""),
        ("kv/compaction", """{"revision":"1000"}"""),
        ("kv/range", """{"key":"Zm9v","revision":"2"}"""),
        ("lease/grant", """{"TTL":"1000","ID":"77"}"""),
        ("lease/grant", """{"TTL":1000,"ID":77}"""),
        ("lease/grant", """{"TTL":"9000000001"}"""),
        ("lease/grant", """{"TTL":"x"}"""),
        ("kv/put", """{"key":"bGVhc2U=","lease":"77"}"""),
        ("kv/put", """{"key":"bGVhc2U=","lease":"78"}"""),
        ("lease/keepalive", """{"ID":"77"}"""),
        ("lease/keepalive", """{"ID":"78"}"""),
        ("lease/timetolive", """{"ID":"78"}"""),
        ("kv/lease/timetolive", """{"ID":"78","keys":true}"""),
        ("lease/leases", "{}"),
        ("kv/lease/leases", ""),
        ("lease/nosuch", "{}"),
        ("kv/lease/grant", "{}"),
        ("kv/lease/revoke", """{"ID":"77"}"""),
        ("lease/revoke", """{"ID":"77"}"""),
        ("kv/range", """{"key":"bGVhc2U="}"""),
        ("lease/grant", """{"TTL":"1000","ID":"171"}"""),
        ("lock/lock", """{"name":"bG9jaw==","lease":"171"}"""),
        ("lock/lock", """{"name":"bG9jaw==","lease":171}"""),
        ("kv/range", """{"key":"bG9jay8=","range_end":"bG9jazA="}"""),
        ("lock/unlock", """{"key":"bG9jay9hYg=="}"""),
        ("lock/unlock", """{"key":"bG9jay9hYg=="}"""),
        ("lock/lock", """{"name":5}"""),
        ("lock/nosuch", "{}"),
        ("election/leader", """{"name":"ZWxlY3Q="}"""),
        ("election/campaign", """{"name":"ZWxlY3Q=","lease":"171","value":"YQ=="}"""),
        ("election/leader", """{"name":"ZWxlY3Q="}"""),
        ("election/campaign", """{"name":"ZWxlY3Q=","lease":"171","value":"Yg=="}"""),
        ("election/proclaim", """{"leader":{"name":"ZWxlY3Q=","key":"ZWxlY3QvYWI=","rev":"1","lease":"171"},"value":"Yw=="}"""),
        ("election/proclaim", "{}"),
        ("election/resign", "{}"),
        ("election/resign", """{"leader":{"name":"ZWxlY3Q=","key":"ZWxlY3QvYWI=","rev":"1","lease":"171"}}"""),
        ("election/leader", "{}"),
        ("kv/range", """{"key":"ZWxlY3Q=","range_end":"ZWxlY3U="}"""),
        ("lease/revoke", """{"ID":"171"}"""),
        ("maintenance/hashkv", """{"revision":"1000"}"""),
        ("maintenance/hash", "{}"),
        ("kv/nosuch", "{}"),
        ("kv", "{}"),
    ];

    [Fact]
    public async Task Every_call_gets_the_answer_of_etcd()
    {
        HttpClient real = await etcd.ClientAsync();
        List<string> differences = [];
        foreach ((string path, string body) in Calls)
        {
            (int Status, string Body) expected = await PostAsync(real, path, body);
            (int Status, string Body) actual = await PostAsync(server.Client, path, body);
            if (expected != actual)
            {
                differences.Add($"{path} {body}\n  etcd  {expected}\n  netcd {actual}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static async Task<(int Status, string Body)> PostAsync(HttpClient client, string path, string body)
    {
        using ByteArrayContent content = new(System.Text.Encoding.UTF8.GetBytes(body));
        Reply reply = await Reply.FromAsync(await client.PostAsync("/v3/" + path, content));
        return (reply.Status, Common(reply.Json).ToJsonString());
    }

    /// <summary>The answer without what differs by cluster, and without the spaces that Go puts in at its whim.</summary>
    private static JsonObject Common(JsonObject json)
    {
        JsonObject common = [];
        foreach ((string name, JsonNode? value) in json)
        {
            if (!Own.Contains(name))
            {
                common[name] = value switch
                {
                    JsonObject inner => Common(inner),
                    JsonArray list =>
                        new JsonArray([.. list.Select(item => item is JsonObject element ? Common(element) : item?.DeepClone())]),
                    JsonValue text when text.TryGetValue(out string? found) => found.Replace('\u00A0', ' '),
                    _ => value?.DeepClone(),
                };
            }
        }

        return common;
    }
}
