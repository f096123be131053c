using System.Net;
using System.Net.Sockets;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Metrics;

/// <summary>The ports of <c>--listen-metrics-urls</c>, beside those of etcd; <see cref="OperatorPageTests"/> are of what only netcd has.
/// </summary>
public sealed class MetricsPortTests : IDisposable
{
    private static readonly string[] Paths =
    [
        "/metrics", "/health", "/livez", "/livez/serializable_read", "/readyz", "/readyz/linearizable_read", "/version", "/debug/vars", "/",
        "//", "//health", "/metrics/", "/health/", "/v3/kv/range", "/v3/",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task They_have_metrics_and_health_and_nothing_else()
    {
        (int first, int second) = (FreePort.Next(), FreePort.Next());
        (int etcdFirst, int etcdSecond) = (FreePort.Next(), FreePort.Next());
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("netcd"), "--listen-metrics-urls", $"http://127.0.0.1:{first},http://localhost:{second}");
        await using ServerProcess etcd = await ServerProcess.EtcdAsync(
            folder.At("etcd"), "--listen-metrics-urls", $"http://127.0.0.1:{etcdFirst},http://localhost:{etcdSecond}");
        foreach ((int expected, int actual) in ((int, int)[])[(etcdFirst, first), (etcdSecond, second)])
        {
            foreach (string path in Paths)
            {
                foreach (string method in (string[])["GET", "POST", "OPTIONS"])
                {
                    string told = await AskAsync(expected, method, path);
                    Assert.Equal($"{method} {path}: {told}", $"{method} {path}: {await AskAsync(actual, method, path)}");
                }
            }
        }

        Assert.Equal("200", await StatusAsync($"http://127.0.0.1:{netcd.Port}/version"));
        await netcd.HasLoggedAsync($"\"msg\":\"serving metrics\",\"event-id\":2904,\"address\":\"http://127.0.0.1:{first}\"");
    }

    [Fact]
    public async Task They_are_open_where_there_is_no_quorum_and_say_so_in_etcds_words()
    {
        (int netcd, int etcd) = (FreePort.Next(), FreePort.Next());
        string cluster = $"default=http://localhost:2380,other=http://localhost:{FreePort.Next()}";
        using AbandonedProcess left = AbandonedProcess.Start(NetcdProgram.Path, folder.At("netcd"), cluster, netcd);
        using AbandonedProcess right = AbandonedProcess.Start(await EtcdPrograms.EtcdAsync(), folder.At("etcd"), cluster, etcd);
        await Poll.UntilAsync(async () => await StatusAsync($"http://127.0.0.1:{netcd}/livez") == "200");
        await Poll.UntilAsync(async () => await StatusAsync($"http://127.0.0.1:{etcd}/livez") == "200");
        foreach (string path in (string[])
            ["/health", "/health?serializable=true", "/livez?verbose", "/readyz?exclude=linearizable_read", "/readyz/linearizable_read"])
        {
            Assert.Equal($"{path}: {await AskAsync(etcd, "GET", path)}", $"{path}: {await AskAsync(netcd, "GET", path)}");
        }

        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{netcd}/metrics"));
        Assert.Contains("\netcd_server_has_leader 0\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_tls_the_rules_for_clients_hold()
    {
        using TestAuthority authority = new(folder.Path, "authority");
        (string Certificate, string Key) server = authority.Sign("server");
        int port = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--listen-metrics-urls", $"https://127.0.0.1:{port}", "--cert-file", server.Certificate,
            "--key-file", server.Key, "--trusted-ca-file", authority.File, "--client-cert-auth");
        string url = $"https://127.0.0.1:{port}/metrics";
        Assert.Equal("200", await StatusAsync(url, "--cacert", authority.File, "--cert", server.Certificate, "--key", server.Key));
        Assert.Equal("000", await StatusAsync(url, "--cacert", authority.File));
        Assert.Equal("000", await StatusAsync($"http://127.0.0.1:{port}/metrics"));
    }

    [Fact]
    public async Task A_port_in_use_or_a_url_that_makes_no_sense_ends_the_start_with_a_line()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        foreach ((string url, string reason) in ((string, string)[])
            [
                ($"http://127.0.0.1:{port}", $"listen tcp 127.0.0.1:{port}: bind: address already in use"),
                ("http://metrics.example:99", "expected IP in URL for binding (http://metrics.example:99)"),
                ("https://127.0.0.1:1", "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url"),
            ])
        {
            foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
            {
                (int code, string log) = await ServerProcess.RefusedAsync(
                    program, folder.At(Path.GetRandomFileName()), FreePort.Next(), "--listen-metrics-urls", url);
                Assert.Equal(1, code);
                Assert.Contains(reason, log, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Variables_and_files_open_them_too(bool isFile)
    {
        int port = FreePort.Next();
        string program = isFile ? NetcdProgram.Path : "/usr/bin/env";
        int client = FreePort.Next();
        string[] all = isFile
            ? ["--config-file", await WriteFileAsync(port)]
            : [$"ETCD_LISTEN_METRICS_URLS=http://127.0.0.1:{port}", "ETCD_METRICS=extensive", NetcdProgram.Path,
                "--data-dir", folder.At("variables"), "--listen-client-urls", $"http://127.0.0.1:{client}",
                "--advertise-client-urls", $"http://127.0.0.1:{client}",
                "--listen-peer-urls", $"http://127.0.0.1:{FreePort.Next()}"];
        using AbandonedProcess server = AbandonedProcess.Start(program, all);
        await Poll.UntilAsync(async () => await StatusAsync($"http://127.0.0.1:{port}/readyz") == "200");
        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
        Assert.Contains("grpc_server_handling_seconds_bucket{grpc_method=\"Put\"", page, StringComparison.Ordinal);
    }

    private async Task<string> WriteFileAsync(int port)
    {
        int client = FreePort.Next();
        string path = folder.At("netcd.yaml");
        await File.WriteAllTextAsync(path, $"""
            data-dir: {folder.At("file")}
            listen-client-urls: http://127.0.0.1:{client}
            advertise-client-urls: http://127.0.0.1:{client}
            listen-peer-urls: http://127.0.0.1:{FreePort.Next()}
            listen-metrics-urls: http://127.0.0.1:{port}
            metrics: extensive
            """);
        return path;
    }

    /// <summary>Status, headers and body; of the figures only that they are there.</summary>
    private static async Task<string> AskAsync(int port, string method, string path)
    {
        CommandResult answer = await Command.RunAsync(
            "curl", "-s", "-i", "--path-as-is", "-X", method, "-m", "20", $"http://127.0.0.1:{port}{path}");
        string[] lines = [.. answer.Succeeded().ReplaceLineEndings("\n").Split('\n').Where(static line =>
            !line.StartsWith("Date:", StringComparison.Ordinal)
            && !line.StartsWith("Transfer-Encoding:", StringComparison.Ordinal))];
        bool isPage = lines.Any(static line => line.StartsWith("# TYPE", StringComparison.Ordinal));
        return string.Join('\n', (isPage ? lines.Where(static line => line.StartsWith("HTTP", StringComparison.Ordinal)
            || line.StartsWith("Content-Type", StringComparison.Ordinal)) : lines).Order(StringComparer.Ordinal));
    }

    private static async Task<string> StatusAsync(string url, params string[] arguments) =>
        (await Command.RunAsync("curl", ["-s", "-o", "/dev/null", "-m", "30", "-w", "%{http_code}", .. arguments, url])).Output;
}
