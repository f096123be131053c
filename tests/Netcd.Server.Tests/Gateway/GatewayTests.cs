using System.Text;
using System.Text.Json.Nodes;

namespace Netcd.Server.Tests.Gateway;

public sealed class GatewayTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string Range = "/v3/kv/range";
    private const string Put = "/v3/kv/put";
    private const string Txn = "/v3/kv/txn";

    [Fact]
    public async Task A_key_that_is_put_comes_back_compact_with_64_bit_numbers_as_strings_and_nothing_of_zeros()
    {
        string key = Key("put");
        Reply put = await server.PostAsync(Put, $$"""{"key":"{{key}}","value":"YmFy"}""");
        Assert.Equal((200, "application/json"), (put.Status, put.ContentType));
        Assert.Matches("""^{"header":{"cluster_id":"\d+","member_id":"\d+","revision":"\d+","raft_term":"\d+"}}$""", put.Body);
        Reply range = await server.PostAsync(Range, $$"""{"key":"{{key}}"}""");
        Assert.Matches(
            $$"""^{"header":{[^}]*},"kvs":\[{"key":"{{key}}","create_revision":"\d+","mod_revision":"\d+","version":"1","value":"YmFy"}\],"count":"1"}$""",
            range.Body);
    }

    [Fact]
    public async Task What_is_not_there_is_neither_kvs_nor_count() =>
        Assert.Equal("{}", (await server.PostAsync(Range, $$"""{"key":"{{Key("nothing")}}"}""")).WithoutHeader());

    [Fact]
    public async Task Deleting_says_how_many_and_which()
    {
        string key = Key("delete");
        await server.PostAsync(Put, $$"""{"key":"{{key}}","value":"YmFy"}""");
        JsonObject deleted = (await server.PostAsync("/v3/kv/deleterange", $$"""{"key":"{{key}}","prevKv":true}""")).Json;
        Assert.Equal("1", (string?)deleted["deleted"]);
        Assert.Equal("YmFy", (string?)deleted["prev_kvs"]![0]!["value"]);
        Assert.Equal("{}", (await server.PostAsync("/v3/kv/deleterange", $$"""{"key":"{{key}}"}""")).WithoutHeader());
    }

    [Fact]
    public async Task Camel_case_and_snake_case_strings_and_numbers_and_both_base64_mean_the_same()
    {
        await server.PostAsync(Put, """{"key":"Y2FtZWw+Pz8=","value":"YQ=="}""");
        foreach (string body in new[]
        {
            """{"key":"Y2FtZWw+Pz8=","range_end":"Y2FtZWw-Pz8_","limit":"1","sort_order":"DESCEND","sort_target":3}""",
            """{"key":"Y2FtZWw-Pz8","rangeEnd":"Y2FtZWw+Pz8/","limit":1.0,"sortOrder":2,"sortTarget":"MOD"}""",
            """{"key":"Y2FtZWw-Pz8=","rangeEnd":"Y2FtZWw+Pz8/","limit":"1e0","unknown":{"a":[1,{"b":null}]},"sort_order":"NO_SUCH_ORDER"}""",
        })
        {
            Reply reply = await server.PostAsync(Range, body);
            Assert.Equal((200, "1"), (reply.Status, (string?)reply.Json["count"]));
        }
    }

    [Fact]
    public async Task What_follows_the_first_value_is_not_looked_at() =>
        Assert.Equal(200, (await server.PostAsync(Range, """  {"key":"YQ=="} x""")).Status);

    [Fact]
    public async Task A_transaction_as_Patroni_sends_it_takes_its_branches_and_nests()
    {
        string leader = Key("leader");
        string create = $$$"""
            {"compare":[{"target":"CREATE","key":"{{{leader}}}","create_revision":"0"}],
             "success":[{"request_put":{"key":"{{{leader}}}","value":"bjE="}}],
             "failure":[{"request_txn":{"compare":[{"target":"VALUE","result":"EQUAL","key":"{{{leader}}}","value":"bjE="}],
                                        "success":[{"request_range":{"key":"{{{leader}}}"}}],
                                        "failure":[{"request_range":{"key":"bm9uZQ=="}}]}}]}
            """;
        JsonObject first = (await server.PostAsync(Txn, create)).Json;
        Assert.True((bool?)first["succeeded"]);
        Assert.NotNull(first["responses"]![0]!["response_put"]!["header"]!["revision"]);
        JsonObject second = (await server.PostAsync(Txn, create)).Json;
        Assert.False(second.ContainsKey("succeeded"));
        JsonNode nested = second["responses"]![0]!["response_txn"]!;
        Assert.True((bool?)nested["succeeded"]);
        Assert.Equal("bjE=", (string?)nested["responses"]![0]!["response_range"]!["kvs"]![0]!["value"]);
    }

    [Fact]
    public async Task An_empty_body_is_an_empty_message()
    {
        foreach (string body in new[] { "", "  ", "{}" })
        {
            Assert.Equal("""{"succeeded":true}""", (await server.PostAsync(Txn, body)).WithoutHeader());
            Assert.Equal("default", (string?)(await server.PostAsync("/v3/cluster/member/list", body)).Json["members"]![0]!["name"]);
        }
    }

    [Theory]
    [InlineData(Range, "{}", 400, 3, "etcdserver: key is not provided")]
    [InlineData(Put, """{"key":"a2V5","value":"YQ==","ignore_value":true}""", 400, 3, "etcdserver: value is provided")]
    [InlineData(Put, """{"key":"a2V5","ignore_value":true}""", 400, 3, "etcdserver: key not found")]
    [InlineData(Range, """{"key":"a2V5","revision":"1000000"}""", 400, 11, "etcdserver: mvcc: required revision is a future revision")]
    [InlineData("/v3/kv/compaction", """{"revision":"1000000"}""", 400, 11, "etcdserver: mvcc: required revision is a future revision")]
    [InlineData(
        "/v3/maintenance/hashkv", """{"revision":"1000000"}""", 400, 11, "etcdserver: mvcc: required revision is a future revision")]
    [InlineData(Txn, """{"success":[{}]}""", 400, 3, "etcdserver: key not found")]
    [InlineData("/v3/kv/nosuch", "{}", 404, 5, "Not Found")]
    [InlineData("/v3/kv/range/", "{}", 404, 5, "Not Found")]
    public async Task An_error_has_the_code_of_gRPC_and_a_status_of_HTTP(string path, string body, int status, int code, string message)
    {
        Reply reply = await server.PostAsync(path, body);
        Assert.Equal((status, "application/json"), (reply.Status, reply.ContentType));
        Assert.Equal($$"""{"code":{{code}},"message":"{{message}}"}""", reply.Body);
    }

    [Theory]
    [InlineData("{", "unexpected EOF")]
    [InlineData("""{"key":"YQ==" """, "unexpected EOF")]
    [InlineData("not json", "invalid character 'o' in literal null (expecting 'u')")]
    [InlineData("""{"key":"YQ==",}""", "invalid character '}' looking for beginning of object key string")]
    [InlineData("""{'key':1}""", "invalid character '\\'' looking for beginning of object key string")]
    [InlineData("""{"key":01}""", "invalid character '1' after object key:value pair")]
    [InlineData("""{"key" 1}""", "invalid character '1' after object key")]
    [InlineData("""{"key":[1 2]}""", "invalid character '2' after array element")]
    [InlineData("""{"key":-}""", "invalid character '}' in numeric literal")]
    [InlineData("""{"key":1.}""", "invalid character '}' after decimal point in numeric literal")]
    [InlineData("""{"key":1e}""", "invalid character '}' in exponent of numeric literal")]
    [InlineData("""{"key":tru}""", "invalid character '}' in literal true (expecting 'e')")]
    [InlineData("""{"key":"a\x"}""", "invalid character 'x' in string escape code")]
    [InlineData("""{"key":"\u12g"}""", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("{\"key\":\"a\n\"}", "invalid character '\\n' in string literal")]
    [InlineData("// c\n{}", "invalid character '/' looking for beginning of value")]
    [InlineData("\uFEFF{}", "invalid character 'ï' looking for beginning of value")]
    [InlineData("[]", "proto: syntax error (line 1:1): unexpected token [")]
    [InlineData("null", "proto: syntax error (line 1:1): unexpected token null")]
    [InlineData("\"a\"", "proto: syntax error (line 1:1): unexpected token \"a\"")]
    [InlineData("""{"key":"!!"}""", "proto: (line 1:8): invalid value for bytes field key: \"!!\"")]
    [InlineData("{\n \"key\":123}", "proto: (line 2:8): invalid value for bytes field key: 123")]
    [InlineData("""{"key":"YQ==","range_end":{}}""", "proto: (line 1:27): invalid value for bytes field rangeEnd: {")]
    [InlineData("""{"key":"YQ==","limit":"abc"}""", "proto: (line 1:23): invalid value for int64 field limit: \"abc\"")]
    [InlineData("""{"key":"YQ==","limit":1.5}""", "proto: (line 1:23): invalid value for int64 field limit: 1.5")]
    [InlineData("""{"key":"YQ==","limit":""}""", "proto: (line 1:23): invalid value for int64 field limit: \"\"")]
    [InlineData("""{"key":"YQ==","limit":" 1"}""", "proto: (line 1:23): invalid value for int64 field limit: \" 1\"")]
    [InlineData(
        """{"key":"YQ==","limit":9223372036854775808}""", "proto: (line 1:23): invalid value for int64 field limit: 9223372036854775808")]
    [InlineData("""{"key":"YQ==","serializable":"true"}""", "proto: (line 1:30): invalid value for bool field serializable: \"true\"")]
    [InlineData("""{"key":"YQ==","sort_order":true}""", "proto: (line 1:28): invalid value for enum field sortOrder: true")]
    [InlineData("""{"key":"YQ==","key":"Yg=="}""", "proto: (line 1:15): duplicate field \"key\"")]
    [InlineData("""{"key":"YQ==","sortOrder":"NONE","sort_order":"ASCEND"}""", "proto: (line 1:34): duplicate field \"sort_order\"")]
    public async Task JSON_that_is_wrong_is_refused_in_the_words_of_Go(string body, string message)
    {
        Reply reply = await server.PostAsync(Range, body);
        Assert.Equal((400, 3), (reply.Status, (int?)reply.Json["code"]));
        Assert.Equal(message, (string?)reply.Json["message"]);
    }

    [Theory]
    [InlineData("""{"success":{}}""", "proto: syntax error (line 1:12): unexpected token {")]
    [InlineData("""{"success":[null]}""", "proto: syntax error (line 1:13): unexpected token null")]
    [InlineData("""{"compare":[[1]]}""", "proto: syntax error (line 1:13): unexpected token [")]
    [InlineData(
        """{"success":[{"request_put":{"key":"YQ=="},"request_range":{"key":"YQ=="}}]}""",
        "proto: (line 1:43): error parsing \"request_range\", oneof etcdserverpb.RequestOp.request is already set")]
    public async Task Messages_in_messages_are_checked_too(string body, string message)
    {
        Reply reply = await server.PostAsync(Txn, body);
        Assert.Equal((400, message), (reply.Status, (string?)reply.Json["message"]));
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_refused()
    {
        foreach (byte[] body in new byte[][] { [.. "{\"k"u8, 0xFF, .. "\":1}"u8], [.. "{\"key\":\""u8, 0xC3, .. "\"}"u8] })
        {
            Reply reply = await server.PostAsync(Range, body);
            Assert.Equal(400, reply.Status);
            Assert.EndsWith("invalid UTF-8 in string", (string?)reply.Json["message"], StringComparison.Ordinal);
        }

        Assert.Equal(400, (await server.PostAsync(Range, """{"key":"\ud800"}""")).Status);
    }

    [Fact]
    public async Task Nesting_is_bounded()
    {
        Reply allowed = await server.PostAsync(Txn, "{\"unknown\":" + new string('[', 9_990) + new string(']', 9_990) + "}");
        Assert.Equal(200, allowed.Status);
        Reply arrays = await server.PostAsync(Txn, "{\"unknown\":" + new string('[', 1_000_000));
        Assert.Equal((400, "invalid character '[' exceeded max depth"), (arrays.Status, (string?)arrays.Json["message"]));
        const int levels = 2_000;
        string nested = string.Concat(Enumerable.Repeat("""{"success":[{"request_txn":""", levels))
            + "{}" + string.Concat(Enumerable.Repeat("}]}", levels));
        Reply messages = await server.PostAsync(Txn, nested);
        Assert.Equal((400, "proto: exceeded max recursion depth"), (messages.Status, (string?)messages.Json["message"]));
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_refused_first_by_the_member_then_by_the_gateway()
    {
        Reply large = await server.PostAsync(Put, Large(1_600_000));
        Assert.Equal((400, "etcdserver: request is too large"), (large.Status, (string?)large.Json["message"]));
        Reply larger = await server.PostAsync(Put, Large(2_200_000));
        Assert.Equal((429, 8), (larger.Status, (int?)larger.Json["code"]));
        Assert.Equal("grpc: received message larger than max (2200010 vs. 2097152)", (string?)larger.Json["message"]);
    }

    [Fact]
    public async Task Only_POST_is_implemented()
    {
        foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            Reply reply = await server.SendAsync(method, Range);
            Assert.Equal((501, """{"code":12,"message":"Method Not Allowed"}"""), (reply.Status, reply.Body));
        }
    }

    [Fact]
    public async Task Browsers_are_told_that_they_may_call()
    {
        foreach (string path in new[] { Range, "/version", "/nosuch" })
        {
            Reply preflight = await server.SendAsync(HttpMethod.Options, path);
            Assert.Equal((200, ""), (preflight.Status, preflight.Body));
            Assert.Equal("*", preflight.Headers["Access-Control-Allow-Origin"]);
            Assert.Equal("POST, GET, OPTIONS, PUT, DELETE", preflight.Headers["Access-Control-Allow-Methods"]);
            Assert.Equal("accept, content-type, authorization", preflight.Headers["Access-Control-Allow-Headers"]);
        }
    }

    [Fact]
    public async Task The_path_of_version_3_3_leads_to_the_same_calls() =>
        Assert.Equal(200, (await server.PostAsync("/v3beta/kv/range", """{"key":"YQ=="}""")).Status);

    [Theory]
    [InlineData("lock/lock", """{"name":"dGltZW91dA=="}""", "100m", 504, """{"code":4,"message":"context deadline exceeded"}""")]
    [InlineData("election/campaign", """{"name":"dGltZW91dA=="}""", "100000u", 504, """{"code":4,"message":"context deadline exceeded"}""")]
    [InlineData(
        "watch", """{"create_request":{"key":"YQ=="}}""", "4S", 200,
        """created":true}}\n{"error":{"code":4,"message":"context deadline exceeded"}}\n""")]
    [InlineData("kv/range", """{"key":"YQ=="}""", "1", 400, """{"code":3,"message":"invalid grpc-timeout: 1"}""")]
    public async Task A_call_ends_with_the_time_that_its_header_gives(string path, string body, string timeout, int status, string end)
    {
        await server.PostAsync("/v3/kv/put", """{"key":"dGltZW91dC8w"}""");
        using HttpRequestMessage request = new(HttpMethod.Post, "/v3/" + path) { Content = new StringContent(body) };
        request.Headers.Add("Grpc-Timeout", timeout);
        Reply reply = await Reply.FromAsync(await server.Client.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(status, reply.Status);
        Assert.EndsWith(end.Replace("\\n", "\n", StringComparison.Ordinal), reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_at_other_paths()
    {
        foreach (string path in new[] { "/", "/nosuch", "/v3alpha/kv/range", "/version/" })
        {
            Reply reply = await server.SendAsync(HttpMethod.Get, path);
            Assert.Equal((404, "text/plain; charset=utf-8", "404 page not found\n"), (reply.Status, reply.ContentType, reply.Body));
        }
    }

    [Fact]
    public async Task Version_and_health_answer_GET_alone()
    {
        Reply version = await server.SendAsync(HttpMethod.Get, "/version");
        Assert.Equal((200, "application/json"), (version.Status, version.ContentType));
        Assert.Matches("""^{"etcdserver":"3\.\d+\.\d+","etcdcluster":"3\.\d+\.\d+","storage":"3\.\d+\.\d+"}$""", version.Body);
        Reply health = await server.SendAsync(HttpMethod.Get, "/health");
        Assert.Equal((200, """{"health":"true","reason":""}"""), (health.Status, health.Body));
        foreach (string path in new[] { "/version", "/health" })
        {
            Reply refused = await server.SendAsync(HttpMethod.Post, path);
            Assert.Equal((405, "Method Not Allowed\n", "GET"), (refused.Status, refused.Body, refused.Headers["Allow"]));
            Assert.Equal(405, (await server.SendAsync(HttpMethod.Head, path)).Status);
        }
    }

    [Fact]
    public async Task Maintenance_tells_of_the_member()
    {
        JsonObject status = (await server.PostAsync("/v3/maintenance/status", "{}")).Json;
        Assert.Matches(@"^3\.\d+\.\d+$", (string?)status["version"]);
        Assert.Matches(@"^\d+$", (string?)status["dbSize"]);
        Assert.Equal((string?)status["header"]!["member_id"], (string?)status["leader"]);
        Assert.False(status.ContainsKey("isLearner"));
        Assert.Equal(
            System.Text.Json.JsonValueKind.Number, (await server.PostAsync("/v3/maintenance/hash", "{}")).Json["hash"]!.GetValueKind());
        Assert.Equal(
            System.Text.Json.JsonValueKind.Number, (await server.PostAsync("/v3/maintenance/hashkv", "{}")).Json["hash"]!.GetValueKind());
        Assert.Equal(200, (await server.PostAsync("/v3/maintenance/alarm", """{"action":"GET","alarm":"NONE"}""")).Status);
    }

    [Fact]
    public async Task A_snapshot_comes_as_lines_whose_blobs_are_the_database_and_its_sum()
    {
        Reply reply = await server.PostAsync("/v3/maintenance/snapshot", "{}");
        Assert.Equal((200, "application/json"), (reply.Status, reply.ContentType));
        string[] lines = reply.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        byte[][] blobs = [.. lines.Select(line => Convert.FromBase64String((string)JsonNode.Parse(line)!["result"]!["blob"]!))];
        byte[] database = [.. blobs.SkipLast(1).SelectMany(blob => blob)];
        Assert.Equal(0, database.Length % 4_096);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(database), blobs[^1]);
    }

    private static string Key(string name) => Convert.ToBase64String(Encoding.UTF8.GetBytes("gateway/" + name));

    private static string Large(int bytes) => $$"""{"key":"Zm9v","value":"{{Convert.ToBase64String(new byte[bytes])}}"}""";
}
