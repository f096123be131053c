using System.Text.RegularExpressions;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>Which certificates are refused, and in which words, on the ports of clients and of members; each beside etcd.</summary>
public sealed partial class CertificateRuleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;
    private readonly TestAuthority stranger;

    public CertificateRuleTests()
    {
        authority = new TestAuthority(folder.Path, "authority");
        stranger = new TestAuthority(folder.Path, "stranger");
    }

    [Fact]
    public async Task Clients_are_refused_for_what_etcd_refuses_them_for()
    {
        (string Certificate, string Key) revoked = authority.Sign("revoked", ["127.0.0.1"], ["a.example"]);
        string list = folder.At("clients.crl");
        using TestAuthority below = authority.Below("below");
        using TestAuthority revokedBelow = authority.Below("revoked-below");
        await File.WriteAllTextAsync(list, authority.Revoke(revoked.Certificate, revokedBelow.File));
        List<string[]> reasons = [];
        foreach (string program in await ProgramsAsync())
        {
            await using ServerProcess server = await StartAsync(
                program, "--client-crl-file", list, "--client-cert-allowed-hostname", "b.example,a.example");
            Assert.True(await AsksAsync(server, authority.Sign("good", ["127.0.0.1"], ["a.example"])));
            Assert.True(await AsksAsync(server, authority.Sign("wildcard", [], ["*.example"])));
            Assert.True(await AsksAsync(server, await SignAsync(below, "of-one-below")));
            Assert.False(await AsksAsync(server, await SignAsync(revokedBelow, "of-a-revoked-one-below")));
            Assert.False(await AsksAsync(server, revoked));
            Assert.False(await AsksAsync(server, authority.Sign("other-name", ["127.0.0.1"], ["c.example"])));
            Assert.False(await AsksAsync(server, authority.Sign("a.example", [], [])));
            Assert.False(await AsksAsync(server, null));
            await ReasonsAsync(server, 5);
            Assert.False(await AsksAsync(server, stranger.Sign("unknown", ["127.0.0.1"], ["a.example"])));
            Assert.False(await AsksAsync(server, authority.Sign("expired", days: -1)));
            Assert.False(await AsksAsync(server, authority.SignForLater("early")));
            string[] told = await ReasonsAsync(server, 8);
            Assert.All(told[5..], static reason => Assert.Contains("certificate", reason, StringComparison.Ordinal));
            reasons.Add(told[..5]);
        }

        Assert.Equal(reasons[0].Order(StringComparer.Ordinal), reasons[1].Order(StringComparer.Ordinal));
        Assert.Equal(2, reasons[1].Count(static reason => RevokedText().IsMatch(reason)));
    }

    [Fact]
    public async Task A_revocation_list_is_read_again_when_it_changes_and_a_bad_one_leaves_the_one_before_in_force()
    {
        (string Certificate, string Key) good = authority.Sign("good");
        (string Certificate, string Key) later = authority.Sign("later");
        string list = folder.At("clients.crl");
        await File.WriteAllTextAsync(list, authority.Revoke());
        await using ServerProcess netcd = await StartAsync(NetcdProgram.Path, "--client-crl-file", list);
        Assert.Equal((true, true), (await AsksAsync(netcd, good), await AsksAsync(netcd, later)));
        await File.WriteAllBytesAsync(list, authority.RevokeInDer(later.Certificate));
        Assert.Equal((true, false), (await AsksAsync(netcd, good), await AsksAsync(netcd, later)));
        int refusals = 1;
        int warnings = 0;
        foreach (string bad in (string[])["", "garbage", await File.ReadAllTextAsync(good.Certificate)])
        {
            await File.WriteAllTextAsync(list, bad);
            Assert.Equal((true, false), (await AsksAsync(netcd, good), await AsksAsync(netcd, later)));
            Assert.Equal((true, false), (await AsksAsync(netcd, good), await AsksAsync(netcd, later)));
            refusals += 2;
            warnings++;

            // The line of the last refusal comes after those that were written before it.
            await ReasonsAsync(netcd, refusals);
            Assert.Equal(warnings, Count(netcd.Log, "failed to reload changed certificates; keeping those from before"));
        }

        await File.WriteAllTextAsync(list, authority.Revoke(good.Certificate));
        Assert.Equal((false, true), (await AsksAsync(netcd, good), await AsksAsync(netcd, later)));
    }

    [Fact]
    public async Task etcdctl_with_a_revoked_certificate_gets_nothing()
    {
        (string Certificate, string Key) good = authority.Sign("good");
        (string Certificate, string Key) revoked = authority.Sign("revoked");
        string list = folder.At("clients.crl");
        await File.WriteAllTextAsync(list, authority.Revoke(revoked.Certificate));
        await using ServerProcess netcd = await StartAsync(NetcdProgram.Path, "--client-crl-file", list);
        Assert.Equal("OK\n", (await PutAsync(netcd, good)).Succeeded());
        Assert.NotEqual(0, (await PutAsync(netcd, revoked)).ExitCode);
        Assert.All(await ReasonsAsync(netcd, 1), static reason => Assert.Matches(RevokedText(), reason));
    }

    [Fact]
    public async Task Members_are_refused_for_what_etcd_refuses_them_for()
    {
        (string Certificate, string Key) revoked = authority.Sign("m2");
        string list = folder.At("peers.crl");
        await File.WriteAllTextAsync(list, authority.Revoke(revoked.Certificate));
        foreach (string program in await ProgramsAsync())
        {
            foreach ((string flag, string value, bool isM1, bool isOther) in ((string, string, bool, bool)[])
                [("--peer-cert-allowed-cn", "m0,m1,m2", true, false), ("--peer-cert-allowed-hostname", "localhost", true, true)])
            {
                string url = $"https://127.0.0.1:{FreePort.Next()}";
                (string certificate, string key) = authority.Sign("m0");
                await using ServerProcess server = await ServerProcess.ReadyAsync(
                    program, folder.At("data-" + FreePort.Next()), FreePort.Next(),
                    "--listen-peer-urls", url, "--initial-advertise-peer-urls", url, "--initial-cluster", "default=" + url,
                    "--peer-cert-file", certificate, "--peer-key-file", key, "--peer-trusted-ca-file", authority.File,
                    "--peer-client-cert-auth", "--peer-crl-file", list, flag, value);
                Assert.Equal(isM1, await AsksAsync(url, authority.Sign("m1")));
                Assert.Equal(isOther, await AsksAsync(url, authority.Sign("other")));
                Assert.False(await AsksAsync(url, authority.Sign("m1-elsewhere", ["127.0.0.1"], [])));
                Assert.False(await AsksAsync(url, stranger.Sign("m1")));
                Assert.False(await AsksAsync(url, revoked));
                await Poll.UntilAsync(() => Task.FromResult(Reasons(server).Any(RevokedText().IsMatch)));
                Assert.Contains("client certificate authentication failed", Reasons(server));
            }
        }
    }

    [Fact]
    public async Task A_start_with_names_of_both_kinds_or_a_list_that_is_none_is_refused()
    {
        (string certificate, string key) = authority.Sign("server");
        string url = $"https://127.0.0.1:{FreePort.Next()}";
        string[] both =
        [
            "--listen-peer-urls", url, "--initial-advertise-peer-urls", url, "--initial-cluster", "default=" + url,
            "--peer-cert-file", certificate, "--peer-key-file", key, "--peer-trusted-ca-file", authority.File,
            "--peer-cert-allowed-cn", "a,b", "--peer-cert-allowed-hostname", "c",
        ];
        foreach (string program in await ProgramsAsync())
        {
            (int code, string log) = await ServerProcess.RefusedAsync(program, folder.At("both"), FreePort.Next(), both);
            Assert.Equal(1, code);
            Assert.Contains(
                "AllowedCNs and AllowedHostnames are mutually exclusive (cns=[\\\"a\\\" \\\"b\\\"], hostnames=[\\\"c\\\"])",
                log,
                StringComparison.Ordinal);
        }

        foreach ((string file, string reason) in ((string, string)[])
            [(folder.At("missing"), "no such file or directory"), (certificate, "x509: malformed crl")])
        {
            (int code, string log) = await ServerProcess.RefusedAsync(
                NetcdProgram.Path, folder.At("list"), FreePort.Next(), "--client-crl-file", file);
            Assert.Equal(1, code);
            Assert.Contains("--client-crl-file: ", log, StringComparison.Ordinal);
            Assert.Contains(reason, log, StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
        folder.Dispose();
    }

    /// <summary>A certificate with that of the authority below the trusted one behind it.</summary>
    private static async Task<(string Certificate, string Key)> SignAsync(TestAuthority below, string name)
    {
        (string certificate, string key) = below.Sign(name, ["127.0.0.1"], ["a.example"]);
        await File.AppendAllTextAsync(certificate, "\n" + below.Pem);
        return (certificate, key);
    }

    private static async Task<string[]> ProgramsAsync() => [await EtcdPrograms.EtcdAsync(), NetcdProgram.Path];

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    /// <summary>What the server says of connections that it refused but those of its own, by which etcd's gateway calls itself.</summary>
    private static string[] Reasons(ServerProcess server) =>
    [
        .. server.Log.Split('\n').Where(static line => line.Contains("\"rejected connection on ", StringComparison.Ordinal)
                && !line.Contains("\"server.example\"", StringComparison.Ordinal)
                && !line.Contains("remote error", StringComparison.Ordinal))
            .Select(static line => Error().Match(line).Groups[1].Value),
    ];

    /// <summary>The same, when there are so many of them.</summary>
    private static async Task<string[]> ReasonsAsync(ServerProcess server, int count)
    {
        await Poll.UntilAsync(() => Task.FromResult(Reasons(server).Length >= count));
        return Reasons(server);
    }

    private Task<ServerProcess> StartAsync(string program, params string[] more)
    {
        int port = FreePort.Next();
        (string certificate, string key) = authority.Sign("server", ["127.0.0.1"], ["server.example", "a.example"]);
        return ServerProcess.ReadyAsync(
            program, folder.At("data-" + port), port,
            [
                "--listen-client-urls", $"https://127.0.0.1:{port}", "--advertise-client-urls", $"https://127.0.0.1:{port}",
                "--cert-file", certificate, "--key-file", key, "--trusted-ca-file", authority.File, "--client-cert-auth", .. more,
            ]);
    }

    private Task<bool> AsksAsync(ServerProcess server, (string Certificate, string Key)? identity) =>
        AsksAsync($"https://127.0.0.1:{server.Port}", identity);

    private async Task<bool> AsksAsync(string url, (string Certificate, string Key)? identity)
    {
        string[] shown = identity is { } pair ? ["--cert", pair.Certificate, "--key", pair.Key] : [];
        CommandResult result = await Command.RunAsync(
            "curl", ["-s", "--http1.1", "--max-time", "20", "--cacert", authority.File, .. shown, url + "/version"], "",
            TimeSpan.FromSeconds(30));
        Assert.Equal(result.ExitCode == 0, result.Output.Contains("etcdserver", StringComparison.Ordinal));
        return result.ExitCode == 0;
    }

    private async Task<CommandResult> PutAsync(ServerProcess server, (string Certificate, string Key) identity) => await Command.RunAsync(
        await EtcdPrograms.EtcdctlAsync(), "--endpoints", $"https://127.0.0.1:{server.Port}", "--dial-timeout=10s", "--command-timeout=10s",
        "--cacert", authority.File, "--cert", identity.Certificate, "--key", identity.Key, "put", "a", "b");

    [GeneratedRegex("^transport: certificate serial [0-9a-f]{16} revoked$")]
    private static partial Regex RevokedText();

    [GeneratedRegex("\"error\":\"(.*?)\"}$")]
    private static partial Regex Error();
}
