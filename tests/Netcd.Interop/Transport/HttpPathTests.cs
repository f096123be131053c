using Netcd.Interop.Processes;

namespace Netcd.Interop.Transport;

/// <summary>Paths that are not clean lead to the clean one, and each path answers the methods that it answers in etcd.</summary>
public sealed class HttpPathTests
{
    private static readonly string[] Unclean =
    [
        "//version", "/v3", "/v3?a=b", "/v3//kv/range", "/v3/kv//range?x=//", "/./health",
        "/a/../health", "/../health", "//health?serializable=true", "/version//", "//", "/a//b", "/a/./b",
        "/a/.", "/a/..", "/v3/kv/./range", "/v3/kv/x/../range", "/%2e/health",
        "/%2Fversion", "//%2Fversion", "/a%20b//c", "//v3/kv/range", "/v3/../version",
        "/v3/kv/../../version", "//x/version", "/a//", "/./", "/v3/.", "/v3/..", "/v3beta//kv/range", "//%7Eversion",
        "//a%7Fb", "//a\"b", "//a<b>c", "//a'b&c", "//a%3Fb", "/debug//vars", "//%C3%B6", "//a+b;c=d",
        "/version/", "/health/", "/", "/v3beta", "/...", "/version#x", "/version;a", "/nothing", "/Version", "/HEALTH", "/v3/kv/%2e%2e/x",
    ];

    [Fact]
    public async Task A_path_that_is_not_clean_is_answered_as_by_etcd_whatever_the_method()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        IEnumerable<(string Method, string Target)> requests = Unclean.Select(static path => ("GET", path))
            .Concat(((string[])["POST", "PUT", "HEAD", "DELETE", "OPTIONS", "TEST", "CONNECT"])
                .SelectMany(
                    static method => ((string[])["//version", "/v3", "/a/../health", "/debug//vars"]).Select(path => (method, path))))
            .Append(("GET", $"http://{{0}}//version"));
        await CompareAsync(pair, requests, RawHttp.Comparable);
    }

    [Fact]
    public async Task Each_path_answers_the_methods_that_it_answers_in_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        string[] methods = ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "TEST", "get", "post"];
        IEnumerable<(string Method, string Target)> requests =
            ((string[])["/version", "/health", "/health?serializable=true", "/metrics", "/nothing"])
            .SelectMany(path => methods.Select(method => (method, path)));
        await CompareAsync(pair, requests.Append(("GET", "/metrics")), RawHttp.Head);
    }

    [Fact]
    public async Task Figures_are_compressed_for_those_who_take_it_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        string[] taken = ["gzip", "deflate, gzip;q=1.0", "zstd, gzip", "gzip;q=0.001"];
        foreach (string accepted in (string[])[.. taken, "gzip;q=0", "gzip;q=0.0", "GZIP", "*", "br", "identity", ""])
        {
            foreach (string method in (string[])["GET", "HEAD", "POST"])
            {
                string expected = RawHttp.Head(await RawHttp.AskAsync(pair.Etcd, method, "/metrics", "Accept-Encoding: " + accepted));
                string answer = RawHttp.Head(await RawHttp.AskAsync(pair.Netcd, method, "/metrics", "Accept-Encoding: " + accepted));
                Assert.Equal(expected, answer);
                Assert.Equal(taken.Contains(accepted), answer.Contains("content-encoding: gzip", StringComparison.Ordinal));
            }
        }

        using HttpClient client = new(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.GZip });
        Assert.Contains(
            "etcd_server_has_leader 1\n", await client.GetStringAsync($"http://{pair.Netcd.Endpoint}/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encoded_slash_leads_to_the_same_call_of_the_gateway_as_in_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (string path in (string[])["/v3/kv%2Frange", "/v3%2Fkv/range", "/v3/kv/rang%65", "/v3/kv/range"])
        {
            string request =
                $"POST {path} HTTP/1.1\r\nHost: {{0}}\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{{{{\"key\":\"YQ==\"}}}}";
            foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
            {
                string answer = await RawHttp.AskAsync(
                    server, string.Format(System.Globalization.CultureInfo.InvariantCulture, request, server.Endpoint));
                Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
                Assert.Contains("\"cluster_id\":", answer, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_body_that_is_cut_wrongly_is_refused_as_by_etcd_and_is_no_fault_of_the_server()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        string request = "POST /v3/kv/range HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"key\":\"YQ==zz\r\n";
        string expected = await RawHttp.AskAsync(pair.Etcd, request);
        string answer = await RawHttp.AskAsync(pair.Netcd, request);
        Assert.StartsWith("HTTP/1.1 400 Bad Request", expected, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 Bad Request", answer, StringComparison.Ordinal);
        Assert.Equal(
            expected.Split("\r\n\r\n")[1].Replace(" ", "", StringComparison.Ordinal),
            answer.Split("\r\n\r\n")[1].Replace(" ", "", StringComparison.Ordinal));
        await pair.Netcd.TerminateAsync();
        Assert.DoesNotContain("\"level\":\"error\"", pair.Netcd.Log, StringComparison.Ordinal);
    }

    private static async Task CompareAsync(
        ServerPair pair, IEnumerable<(string Method, string Target)> requests, Func<string, string> comparable)
    {
        List<string> differences = [];
        foreach ((string method, string target) in requests)
        {
            string expected = comparable(
                await RawHttp.AskAsync(pair.Etcd, method, target.Replace("{0}", pair.Etcd.Endpoint, StringComparison.Ordinal)));
            string answer = comparable(
                await RawHttp.AskAsync(pair.Netcd, method, target.Replace("{0}", pair.Netcd.Endpoint, StringComparison.Ordinal)));
            if (expected != answer)
            {
                differences.Add($"{method} {target}\n--- etcd:\n{expected}\n--- netcd:\n{answer}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
