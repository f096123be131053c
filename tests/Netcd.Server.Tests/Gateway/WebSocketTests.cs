using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Netcd.Server.Gateway;

namespace Netcd.Server.Tests.Gateway;

/// <summary>The gateway's calls over WebSockets.</summary>
public sealed class WebSocketTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_watch_is_created_and_told_in_a_message_each()
    {
        using ClientWebSocket socket = await ConnectAsync("watch");
        await SendAsync(socket, """{"create_request":{"key":"d2F0Y2hlZA=="}}""");
        Assert.True((bool?)(await ReceiveAsync(socket))["created"]);
        await server.PostAsync("/v3/kv/put", """{"key":"d2F0Y2hlZA==","value":"YQ=="}""");
        Assert.Equal("YQ==", (string?)(await ReceiveAsync(socket))["events"]![0]!["kv"]!["value"]);
        await SendAsync(socket, """{"cancel_request":{}}""");
        Assert.True((bool?)(await ReceiveAsync(socket))["canceled"]);
    }

    [Fact]
    public async Task Requests_may_lie_across_messages_and_several_in_one_and_in_binary_ones()
    {
        using ClientWebSocket socket = await ConnectAsync("watch");
        await SendAsync(socket, """{"create_request":""", WebSocketMessageType.Binary);
        await SendAsync(socket, """{"key":"YQ==","watch_id":3}}{"create_request":{"key":"Yg==","watch_id":4}}""");
        await SendAsync(socket, "");
        await SendAsync(socket, """{"create_request":{"key":"Yw==","watch_id":5}}""");
        foreach (string id in new[] { "3", "4", "5" })
        {
            Assert.Equal(id, (string?)(await ReceiveAsync(socket))["watch_id"]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_leaves_nothing_behind_and_has_its_farewell_answered(bool saysSo)
    {
        await using GatewayServer own = new();
        await own.InitializeAsync();
        using ClientWebSocket socket = await ConnectAsync("watch", own);
        for (int n = 0; n < 20; n++)
        {
            await SendAsync(socket, """{"create_request":{"key":"YQ=="}}""");
            await ReceiveAsync(socket);
        }

        Assert.Equal(20, await MetricAsync(own, "etcd_debugging_mvcc_watcher_total"));
        Assert.Equal(1, await MetricAsync(own, "etcd_debugging_mvcc_watch_stream_total"));
        if (saysSo)
        {
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Limit());
            Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        }

        socket.Dispose();
        CancellationToken limit = Limit();
        while (await MetricAsync(own, "etcd_debugging_mvcc_watcher_total")
            + await MetricAsync(own, "etcd_debugging_mvcc_watch_stream_total") > 0)
        {
            await Task.Delay(10, limit);
        }
    }

    [Fact]
    public async Task Keep_alives_are_answered_as_they_come()
    {
        using ClientWebSocket socket = await ConnectAsync("lease/keepalive");
        await server.PostAsync("/v3/lease/grant", """{"ID":77,"TTL":60}""");
        foreach ((string id, string? ttl) in new[] { ("77", "60"), ("78", null), ("77", "60") })
        {
            await SendAsync(socket, $$"""{"ID":"{{id}}"}""");
            JsonNode answer = await ReceiveAsync(socket);
            Assert.Equal((id, ttl), ((string?)answer["ID"], (string?)answer["TTL"]));
        }
    }

    [Theory]
    [InlineData("kv/range", """{"key":"bm90aGluZw=="}""", "{\"header\":")]
    [InlineData("kv/range", """{x""", """{"code":3,"message":"invalid character 'x' looking for beginning of object key string"}""")]
    [InlineData("nothing", "{}", """{"code":5,"message":"Not Found"}""")]
    [InlineData(
        "watch", """{"create_request":{"key":"!"}}""",
        """{"code":3,"message":"proto: (line 1:26): invalid value for bytes field key: \"!\""}""")]
    public async Task A_call_with_one_answer_ends_with_it(string path, string request, string answer)
    {
        using ClientWebSocket socket = await ConnectAsync(path);
        await SendAsync(socket, request);
        Assert.StartsWith(answer, await TextAsync(socket), StringComparison.Ordinal);
        WebSocketException ended = await Assert.ThrowsAsync<WebSocketException>(() => TextAsync(socket));
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, ended.WebSocketErrorCode);
    }

    [Fact]
    public async Task An_error_in_a_stream_that_has_begun_is_its_last_message()
    {
        using ClientWebSocket socket = await ConnectAsync("watch");
        await SendAsync(socket, """{"create_request":{"key":"YQ=="}}""");
        await ReceiveAsync(socket);
        await SendAsync(socket, "[");
        await SendAsync(socket, "}");
        Assert.Equal("""{"error":{"code":3,"message":"invalid character '}' looking for beginning of value"}}""", await TextAsync(socket));
        await Assert.ThrowsAsync<WebSocketException>(() => TextAsync(socket));
    }

    [Fact]
    public async Task A_request_without_end_is_refused_and_not_held()
    {
        using ClientWebSocket socket = await ConnectAsync("watch");
        byte[] piece = [.. Enumerable.Repeat((byte)'a', 1 << 20)];
        await socket.SendAsync("{\"key\":\""u8.ToArray(), WebSocketMessageType.Text, endOfMessage: false, Limit());
        Task<string> answer = TextAsync(socket);
        while (!answer.IsCompleted && socket.State == WebSocketState.Open)
        {
            try
            {
                await socket.SendAsync(piece, WebSocketMessageType.Text, endOfMessage: false, Limit());
            }
            catch (Exception failure) when (failure is WebSocketException or IOException or ObjectDisposedException)
            {
                break;
            }
        }

        // The connection may break before the answer is read, as more was sent than the server takes.
        if (await Record.ExceptionAsync(() => answer) is null)
        {
            Assert.Contains("grpc: received message larger than max", await answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET", null, "AAAAAAAAAAAAAAAAAAAAAA==", 400)]
    [InlineData("GET", "8", "AAAAAAAAAAAAAAAAAAAAAA==", 400)]
    [InlineData("GET", "13", null, 400)]
    [InlineData("GET", "13", "AAAA", 400)]
    [InlineData("POST", "13", "AAAAAAAAAAAAAAAAAAAAAA==", 405)]
    public async Task A_handshake_that_is_none_is_refused(string method, string? version, string? key, int status)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), "/v3/watch");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new("websocket"));
        foreach ((string name, string? value) in new[] { ("Sec-WebSocket-Version", version), ("Sec-WebSocket-Key", key) })
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        Reply reply = await Reply.FromAsync(await server.Client.SendAsync(request));
        Assert.Equal((status, status == 400 ? "Bad Request\n" : "Method Not Allowed\n"), (reply.Status, reply.Body));
        Assert.Equal("13", reply.Headers["Sec-WebSocket-Version"]);
    }

    [Fact]
    public async Task Who_offers_a_token_as_protocol_has_the_scheme_confirmed()
    {
        using ClientWebSocket socket = await ConnectAsync("watch", server, "Bearer", "token");
        Assert.Equal("Bearer", socket.SubProtocol);
        await SendAsync(socket, """{"create_request":{"key":"YQ=="}}""");
        await ReceiveAsync(socket);
    }

    [Theory]
    [InlineData("Bearer, a.b", null, "Bearer a.b")]
    [InlineData("Bearer,a.b", null, "Bearer a.b")]
    [InlineData("json, Bearer, a.b", null, "Bearer a.b")]
    [InlineData("Bearer", null, null)]
    [InlineData("json", null, null)]
    [InlineData(null, null, null)]
    [InlineData("Bearer, a.b", "token=c", "Bearer c")]
    [InlineData(null, "x=1; token=c", "Bearer c")]
    public void A_token_comes_as_protocol_or_cookie(string? protocol, string? cookie, string? expected)
    {
        DefaultHttpContext http = new();
        http.Request.Headers.SecWebSocketProtocol = protocol;
        http.Request.Headers.Cookie = cookie;
        Assert.Equal(expected, WebSocketHandshake.Authorization(http.Request));
    }

    private static CancellationToken Limit() => new CancellationTokenSource(Deadline).Token;

    private static async Task<int> MetricAsync(GatewayServer of, string name)
    {
        string page = await of.Client.GetStringAsync("/metrics");
        string line = page.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return int.Parse(line[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task SendAsync(ClientWebSocket socket, string text, WebSocketMessageType type = WebSocketMessageType.Text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), type, endOfMessage: true, Limit());

    private static async Task<JsonNode> ReceiveAsync(ClientWebSocket socket) => JsonNode.Parse(await TextAsync(socket))!["result"]!;

    private static async Task<string> TextAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, Limit());
        Assert.Equal((WebSocketMessageType.Text, true), (result.MessageType, result.EndOfMessage));
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private Task<ClientWebSocket> ConnectAsync(string path) => ConnectAsync(path, server);

    private static async Task<ClientWebSocket> ConnectAsync(string path, GatewayServer to, params string[] protocols)
    {
        ClientWebSocket socket = new();
        foreach (string protocol in protocols)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        await socket.ConnectAsync(new Uri($"ws://{to.Client.BaseAddress!.Authority}/v3/{path}"), Limit());
        return socket;
    }
}
