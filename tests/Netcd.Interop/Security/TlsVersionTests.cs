using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>Versions and suites of TLS, asked for with OpenSSL; beside etcd.</summary>
public sealed class TlsVersionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;

    public TlsVersionTests() => authority = new TestAuthority(folder.Path, "authority");

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Versions_before_1_2_are_refused_with_a_line_that_names_them()
    {
        foreach (string program in await ProgramsAsync())
        {
            await using ServerProcess server = await StartAsync(program);
            Assert.Equal("TLSv1.3", await SpokenAsync(server, "-tls1_3"));
            Assert.Equal("TLSv1.2", await SpokenAsync(server, "-tls1_2"));
            foreach ((string version, string offered) in ((string, string)[])[("-tls1_1", "[302 301]"), ("-tls1", "[301]")])
            {
                Assert.Null(await SpokenAsync(server, version, "-cipher", "DEFAULT@SECLEVEL=0"));
                await LoggedAsync(server, $"\"error\":\"tls: client offered only unsupported versions: {offered}\"");
            }
        }
    }

    [Theory]
    [InlineData("--tls-min-version=TLS1.3", "-tls1_3", "-tls1_2", "tls: client offered only unsupported versions: [303 302 301]")]
    [InlineData("--tls-max-version=TLS1.2", "-tls1_2", "-tls1_3", "tls: client offered only unsupported versions")]
    public async Task The_least_and_the_greatest_version_are_those_that_were_set(string flag, string good, string bad, string reason)
    {
        foreach (string program in await ProgramsAsync())
        {
            await using ServerProcess server = await StartAsync(program, flag);
            Assert.NotNull(await SpokenAsync(server, good));
            Assert.Null(await SpokenAsync(server, bad));
            await LoggedAsync(server, reason);
        }
    }

    [Fact]
    public async Task Only_the_suites_that_were_set_are_spoken_and_those_of_1_3_always()
    {
        foreach (string program in await ProgramsAsync())
        {
            await using ServerProcess server = await StartAsync(
                program, "--cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
            Assert.Equal("TLSv1.2", await SpokenAsync(server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"));
            Assert.Equal("TLSv1.2", await SpokenAsync(server, "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"));
            Assert.Null(await SpokenAsync(server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"));
            Assert.Equal("TLSv1.3", await SpokenAsync(server, "-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"));
            await LoggedAsync(server, "tls: no cipher suite supported by both client and server");
        }
    }

    [Fact]
    public async Task A_client_that_does_not_trust_the_server_is_logged_by_what_it_says()
    {
        using TestAuthority other = new(folder.Path, "other");
        foreach (string program in await ProgramsAsync())
        {
            await using ServerProcess server = await StartAsync(program);
            string url = $"https://127.0.0.1:{server.Port}/version";

            // curl sends its alert and closes at once: what the server had still to send then meets a reset, which may overtake the alert.
            await Poll.UntilAsync(async () =>
            {
                Assert.Equal(60, (await Command.RunAsync("curl", "-s", "--tls-max", "1.2", "--cacert", other.File, url)).ExitCode);
                return HasLogged(server, "remote error: tls: unknown certificate authority");
            });
        }
    }

    private static async Task<string[]> ProgramsAsync() => [await EtcdPrograms.EtcdAsync(), NetcdProgram.Path];

    /// <summary>The version that was agreed on; null where the handshake failed.</summary>
    private static async Task<string?> SpokenAsync(ServerProcess server, params string[] options)
    {
        CommandResult result = await Command.RunAsync("openssl", ["s_client", "-connect", $"127.0.0.1:{server.Port}", .. options]);
        string? line = result.Output.Split('\n').FirstOrDefault(static line => line.StartsWith("New, TLSv", StringComparison.Ordinal));
        return line is null ? null : result.Output.Contains("TLSv1.3, Cipher", StringComparison.Ordinal) ? "TLSv1.3" : "TLSv1.2";
    }

    private static Task LoggedAsync(ServerProcess server, string text) =>
        Poll.UntilAsync(() => Task.FromResult(HasLogged(server, text)));

    private static bool HasLogged(ServerProcess server, string text) => server.Log.Split('\n').Any(
        line => line.Contains("\"rejected connection on client endpoint\"", StringComparison.Ordinal)
            && line.Contains(text, StringComparison.Ordinal));

    private Task<ServerProcess> StartAsync(string program, params string[] more)
    {
        int port = FreePort.Next();
        (string certificate, string key) = authority.Sign("server");
        return ServerProcess.ReadyAsync(
            program, folder.At("data-" + port), port,
            [
                "--listen-client-urls", $"https://127.0.0.1:{port}", "--advertise-client-urls", $"https://127.0.0.1:{port}",
                "--cert-file", certificate, "--key-file", key, .. more,
            ]);
    }
}
