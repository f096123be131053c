using System.Text.RegularExpressions;
using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Watches;

/// <summary>The gateway's <c>/v3/watch</c>, line for line as etcd's.</summary>
public sealed partial class WatchGatewayTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Watches_over_http_are_answered_as_etcd_answers_them()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            for (int n = 1; n < 7; n++)
            {
                await PutAsync(server, $"v{n}");
            }

            await new KV.KVClient(server.Channel).CompactAsync(new CompactionRequest { Revision = 4 });
        }

        // The body, and how many lines come before anything is written.
        await CompareAsync(pair, """{"create_request":{"key":"Zm9v"}}""", 1);
        await CompareAsync(pair, """{"createRequest":{"key":"Zm9v","startRevision":"5","prevKv":true}}""", 2);
        await CompareAsync(pair, """{"create_request":{"key":"Zm9v","start_revision":2}}""", 2, isOver: true);
        await CompareAsync(pair, """{"create_request":{"key":"eg==","range_end":"YQ=="}}""", 1, isOver: true);
        await CompareAsync(pair, """{"create_request":{"key":"Zm9v","start_revision":-3}}""", 1, isOver: true);
        await CompareAsync(
            pair,
            """{"create_request":{"key":"Zm9v","watch_id":7,"filters":["NODELETE"]}}{"create_request":{"key":"Zm9v","watch_id":"7"}}""",
            2);
        await CompareAsync(
            pair,
            """{"create_request":{}}{"cancel_request":{"watch_id":3}}{"cancel_request":{}}{"create_request":{"key":"Zm8=","range_end":"AA=="}}""",
            3);
        await CompareAsync(pair, """{"create_request":{"key":"Zm9v"}} {"progress_request":{}}""", 2);
    }

    [Fact]
    public async Task A_client_that_goes_leaves_no_watch_behind()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.Path);
        using (HttpClient http = new())
        {
            using StreamReader lines = await OpenAsync(http, server, """{"create_request":{"key":"Zm9v"}}""");
            await lines.ReadLineAsync().WaitAsync(Deadline);
            Assert.Equal(1, await WatchesAsync(server));
        }

        for (int n = 0; await WatchesAsync(server) != 0; n++)
        {
            Assert.True(n < 6_000, "the watch is still there");
            await Task.Delay(10);
        }
    }

    private static async Task CompareAsync(ServerPair pair, string body, int lines, bool isOver = false)
    {
        string expected = await LinesAsync(pair.Etcd, body, lines, isOver);
        Assert.Equal(expected, await LinesAsync(pair.Netcd, body, lines, isOver));
    }

    private static async Task<string> LinesAsync(ServerProcess server, string body, int lines, bool isOver)
    {
        using HttpClient http = new();
        using StreamReader reader = await OpenAsync(http, server, body);
        List<string?> read = [];
        for (int n = 0; n < lines; n++)
        {
            read.Add(await reader.ReadLineAsync().WaitAsync(Deadline));
        }

        if (!isOver)
        {
            await PutAsync(server, "live");
            read.Add(await reader.ReadLineAsync().WaitAsync(Deadline));
        }

        // etcd may answer a request for progress before the one to watch.
        IEnumerable<string?> compared = body.Contains("progress_request", StringComparison.Ordinal)
            ? read.Order(StringComparer.Ordinal)
            : read;
        return Identity().Replace(string.Join('\n', compared), "");
    }

    private static async Task<StreamReader> OpenAsync(HttpClient http, ServerProcess server, string body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{server.Endpoint}/v3/watch") { Content = new StringContent(body) };
        HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task PutAsync(ServerProcess server, string value) => await new KV.KVClient(server.Channel)
        .PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("foo"), Value = ByteString.CopyFromUtf8(value) });

    private static async Task<int> WatchesAsync(ServerProcess server)
    {
        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://{server.Endpoint}/metrics"));
        return int.Parse(WatcherTotal().Match(page).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("""("raft_term":"\d+")|("cluster_id":"\d+",)|("member_id":"\d+",)""")]
    private static partial Regex Identity();

    [GeneratedRegex(@"\netcd_debugging_mvcc_watcher_total (\d+)")]
    private static partial Regex WatcherTotal();
}
