using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Starting;

/// <summary>Ports for HTTP alone, beside which the others are for gRPC alone; as with etcd, but for what is revoked.</summary>
public sealed class HttpPortTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;

    public HttpPortTests() => authority = new TestAuthority(folder.Path, "authority");

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_port_serves_what_it_is_for_and_a_revoked_certificate_is_refused_on_each(bool isEtcd)
    {
        (string Certificate, string Key) server = authority.Sign("server");
        (string Certificate, string Key) revoked = authority.Sign("revoked");
        string list = folder.At("revoked.crl");
        await File.WriteAllTextAsync(list, authority.Revoke(revoked.Certificate));
        int[] ports = [FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next()];
        string[] urls = [.. ports.Select(static (port, i) => $"{(i % 2 == 0 ? "http" : "https")}://127.0.0.1:{port}")];
        await using ServerProcess member = await ServerProcess.ReadyAsync(
            isEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder.At("data"), ports[0],
            "--listen-client-urls", $"{urls[0]},{urls[1]}", "--listen-client-http-urls", $"{urls[2]},{urls[3]}",
            "--cert-file", server.Certificate, "--key-file", server.Key, "--trusted-ca-file", authority.File, "--client-cert-auth",
            "--client-crl-file", list);
        await member.Channel.PutAsync("a", "b");
        Assert.Equal("a\nb\n", (await GetAsync(urls[1], Identity(server))).Succeeded());
        Assert.NotEqual(0, (await GetAsync(urls[2], [])).ExitCode);
        Assert.NotEqual(0, (await GetAsync(urls[3], Identity(server))).ExitCode);
        Assert.Equal("000", await StatusAsync(urls[0], "--http1.1"));
        Assert.Equal("415", await StatusAsync(urls[0], "--http2-prior-knowledge"));
        Assert.Equal("415", await StatusAsync(urls[1], ["--http2", .. Identity(server)]));
        Assert.Equal("200", await StatusAsync(urls[2], "--http1.1"));
        Assert.Equal("000", await StatusAsync(urls[2], "--http2-prior-knowledge"));
        Assert.Equal("200", await StatusAsync(urls[3], ["--http1.1", .. Identity(server)]));
        Assert.Equal("200", await StatusAsync(urls[3], ["--http2", .. Identity(server)]));
        Assert.Equal("000", await StatusAsync(urls[3], Identity(revoked)));

        // etcd looks at its list on the ports for HTTP alone (GHSA-3wh4-j44w-pg92).
        Assert.Equal(isEtcd, (await GetAsync(urls[1], Identity(revoked))).ExitCode == 0);
        foreach ((string traffic, int port) in ((string, int)[])
            [("grpc", ports[0]), ("grpc", ports[1]), ("http", ports[2]), ("http", ports[3])])
        {
            await member.HasLoggedAsync($"\"traffic\":\"{traffic}\",\"address\":\"127.0.0.1:{port}\"");
        }
    }

    [Fact]
    public async Task A_port_cannot_be_for_both()
    {
        string url = $"http://127.0.0.1:{FreePort.Next()}";
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            (int code, string log) = await ServerProcess.RefusedAsync(
                program, folder.At("both"), FreePort.Next(), "--listen-client-urls", url, "--listen-client-http-urls", url);
            Assert.Equal(1, code);
            Assert.Contains(
                "cannot bind both --client-listen-urls and --client-listen-http-urls on the same url " + url,
                log,
                StringComparison.Ordinal);
        }
    }

    private string[] Identity((string Certificate, string Key) pair) =>
        ["--cacert", authority.File, "--cert", pair.Certificate, "--key", pair.Key];

    private static async Task<CommandResult> GetAsync(string url, string[] identity) => await Command.RunAsync(
        await EtcdPrograms.EtcdctlAsync(), ["--endpoints", url, "--dial-timeout=10s", "--command-timeout=10s", .. identity, "get", "a"]);

    private static async Task<string> StatusAsync(string url, params string[] arguments) =>
        (await Command.RunAsync(
            "curl", ["-s", "-m", "30", "-o", "/dev/null", "-w", "%{http_code}", .. arguments, url + "/version"])).Output;
}
