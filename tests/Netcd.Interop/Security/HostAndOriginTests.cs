using System.Text.RegularExpressions;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>Under which names clients may call by HTTP, and from which pages browsers may: answered as by etcd.</summary>
public sealed partial class HostAndOriginTests
{
    private static readonly string[] Origins =
        ["https://a.example:443", "https://a.example", "http://b.example:8080", "HTTP://b.example:8080", "null"];

    [Fact]
    public async Task Requests_under_other_names_are_misdirected_and_origins_get_their_headers_as_with_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync(
            "--host-whitelist", "localhost,good.example,::1", "--cors", "https://a.example:443,http://b.example:8080");
        string[][] requests =
        [
            ["/health"], ["/nothing"], ["-X", "OPTIONS", "/version"], ["-I", "/version"], ["/v3/kv/put", "-d", "{\"key\":\"YQ==\"}"],
            ["-H", "Host: good.example", "/nothing"], ["-H", "Host: GOOD.example", "/nothing"], ["-H", "Host: good.example:1", "/nothing"],
            ["-H", "Host: [::1]:7", "/nothing"], ["-H", "Host: [::1]", "/nothing"],
            ["--http1.0", "-H", "Host:", "/nothing"], ["-H", "Host: bad.example", "/v3beta/kv/range", "-d", "{}"],
            ["-H", "Host: bad.example", "-H", "Origin: https://a.example:443", "/nothing"],
            .. from origin in Origins
               from method in (string[])["GET", "OPTIONS", "POST"]
               select (string[])
               [
                   "-H", "Host: localhost", "-H", $"Origin: {origin}", "-H", "Access-Control-Request-Method: POST",
                   "-X", method, "/nothing",
               ],
        ];
        foreach (string[] request in requests)
        {
            Assert.Equal(await AnswerAsync(pair.Etcd, request), await AnswerAsync(pair.Netcd, request));
        }

        Assert.Contains("421 Misdirected Request", await AnswerAsync(pair.Netcd, "/health"), StringComparison.Ordinal);

        // gRPC is no page of a browser.
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        Assert.Equal("OK\n", (await Command.RunAsync(etcdctl, "--endpoints", pair.Netcd.Endpoint, "put", "a", "b")).Succeeded());
        await pair.Netcd.HasLoggedAsync("\"msg\":\"rejecting HTTP request to prevent DNS rebinding attacks\"");
    }

    [Fact]
    public async Task Names_are_looked_at_over_HTTP_2_too_and_not_with_TLS()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        int port = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data"), port, "--listen-client-urls", $"http://127.0.0.1:{port},https://127.0.0.1:{port}",
            "--cert-file", certificate, "--key-file", key, "--host-whitelist", "good.example");
        Assert.Equal("421", await StatusAsync("--http2-prior-knowledge", $"http://127.0.0.1:{port}/version"));
        Assert.Equal("200", await StatusAsync("--http2-prior-knowledge", "-H", "Host: good.example", $"http://127.0.0.1:{port}/version"));
        Assert.Equal("200", await StatusAsync("--cacert", authority.File, $"https://127.0.0.1:{port}/version"));
        Assert.Equal("200", await StatusAsync("--http1.1", "--cacert", authority.File, $"https://127.0.0.1:{port}/version"));
    }

    private static async Task<string> StatusAsync(params string[] arguments) =>
        (await Command.RunAsync("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", .. arguments])).Succeeded();

    /// <summary>Status, headers but the date, and body.</summary>
    private static async Task<string> AnswerAsync(ServerProcess server, params string[] request)
    {
        string[] arguments = [.. request.Select(part => part.StartsWith('/') ? $"http://127.0.0.1:{server.Port}{part}" : part)];
        string output = (await Command.RunAsync("curl", ["-s", "-i", .. arguments])).Succeeded();
        string answer = output.Replace("\r", "", StringComparison.Ordinal).Replace("HTTP/1.0 ", "HTTP/1.1 ", StringComparison.Ordinal);
        int end = answer.IndexOf("\n\n", StringComparison.Ordinal);
        string[] head = [.. answer[..end].Split('\n').Where(static line => !Passing().IsMatch(line))];
        return string.Join('\n', head.Order(StringComparer.Ordinal)) + answer[end..];
    }

    [GeneratedRegex("^(Date|Grpc-Metadata-[A-Za-z-]*|Connection|Server): ")]
    private static partial Regex Passing();
}
