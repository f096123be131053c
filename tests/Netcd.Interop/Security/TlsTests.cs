using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>TLS for clients and members, against the real etcdctl, curl, and in a cluster.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;
    private readonly TestAuthority stranger;

    public TlsTests()
    {
        authority = new TestAuthority(folder.Path, "authority");
        stranger = new TestAuthority(folder.Path, "stranger");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clients_are_served_by_TLS_and_need_no_certificate_unless_asked(bool isRsa)
    {
        (string certificate, string key) = authority.Sign("server", isRsa: isRsa);
        int port = FreePort.Next();
        await using ServerProcess netcd = await StartAsync(port, "--cert-file", certificate, "--key-file", key);
        Assert.Equal("OK\n", (await EtcdctlAsync(port, "--cacert", authority.File, "put", "key", "value")).Succeeded());
        await AssertRefusedAsync(port, "--cacert", stranger.File, "get", "key");
        string url = $"https://127.0.0.1:{port}";
        Assert.Contains(
            "\"health\":\"true\"",
            (await Command.RunAsync("curl", "-s", "--cacert", authority.File, url + "/health")).Succeeded(),
            StringComparison.Ordinal);
        foreach (string version in (string[])["--http1.1", "--http2"])
        {
            string read = (await Command.RunAsync(
                "curl", "-s", version, "--cacert", authority.File, url + "/v3/kv/range", "-d", "{\"key\":\"a2V5\"}")).Succeeded();
            Assert.Contains("\"value\":\"dmFsdWU=\"", read, StringComparison.Ordinal);
        }

        // Whoever speaks no TLS gets no answer, and disturbs nobody.
        Assert.NotEqual(0, (await Command.RunAsync("curl", "-s", "--max-time", "5", $"http://127.0.0.1:{port}/health")).ExitCode);
        Assert.Equal("key\nvalue\n", (await EtcdctlAsync(port, "--cacert", authority.File, "get", "key")).Succeeded());
        await netcd.HasLoggedAsync("serving client traffic securely");
    }

    /// <summary>The framework's own reader of a hello throws where one is too short for what it says.</summary>
    [Theory]
    [InlineData("16030100050100000103", "local error: tls: error decoding message")]
    [InlineData("160301000a010000060303", "EOF")]
    public async Task A_hello_that_cannot_be_read_is_a_rejected_connection_and_no_fault_of_the_server(string hello, string error)
    {
        (string certificate, string key) = authority.Sign("server");
        int port = FreePort.Next();
        await using ServerProcess netcd = await StartAsync(port, "--cert-file", certificate, "--key-file", key);
        using (TcpClient client = new())
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            NetworkStream stream = client.GetStream();
            stream.Write(Convert.FromHexString(hello));
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await stream.ReadAsync(new byte[16], TestContext.Current.CancellationToken));
        }

        string expected = $"\"server-name\":\"\",\"error\":\"{error}\"";
        await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Contains(expected, StringComparison.Ordinal)));
        Assert.Equal("OK\n", (await EtcdctlAsync(port, "--cacert", authority.File, "put", "key", "value")).Succeeded());
        Assert.DoesNotContain("   at ", netcd.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_port_serves_both_with_TLS_and_without_as_etcd_does(bool isEtcd)
    {
        (string certificate, string key) = authority.Sign("server");
        (string known, string knownKey) = authority.Sign("client");
        int port = FreePort.Next();
        string plain = $"http://127.0.0.1:{port}";
        string secure = $"https://127.0.0.1:{port}";
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            isEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder.At("both"), port,
            "--listen-client-urls", plain + "," + secure, "--cert-file", certificate, "--key-file", key,
            "--trusted-ca-file", authority.File, "--client-cert-auth");
        Assert.Equal(
            "OK\n", (await Command.RunAsync(await EtcdPrograms.EtcdctlAsync(), "--endpoints", plain, "put", "k", "v")).Succeeded());
        string[] identity = ["--cacert", authority.File, "--cert", known, "--key", knownKey];
        Assert.Equal("k\nv\n", (await EtcdctlAsync(port, [.. identity, "get", "k"])).Succeeded());
        foreach (string version in (string[])["--http1.1", "--http2"])
        {
            string read = (await Command.RunAsync(
                "curl", ["-s", version, .. identity, secure + "/version"], "", TimeSpan.FromSeconds(30))).Succeeded();
            Assert.Contains("etcdserver", read, StringComparison.Ordinal);
        }

        Assert.Contains("etcdserver", (await Command.RunAsync("curl", "-s", plain + "/version")).Succeeded(), StringComparison.Ordinal);

        // Who comes by TLS still needs a certificate.
        await AssertRefusedAsync(port, "--cacert", authority.File, "get", "k");
        Assert.Contains("serving client traffic securely", server.Log, StringComparison.Ordinal);
        await server.HasLoggedAsync("serving client traffic insecurely");
    }

    [Fact]
    public async Task A_client_without_a_certificate_of_the_authority_is_refused_in_the_handshake()
    {
        (string certificate, string key) = authority.Sign("server");
        (string known, string knownKey) = authority.Sign("client");
        (string unknown, string unknownKey) = stranger.Sign("unknown");
        (string expired, string expiredKey) = authority.Sign("expired", days: -2);
        int port = FreePort.Next();
        await using ServerProcess netcd = await StartAsync(
            port, "--cert-file", certificate, "--key-file", key, "--trusted-ca-file", authority.File, "--client-cert-auth");
        string[] trust = ["--cacert", authority.File];
        Assert.Equal("OK\n", (await EtcdctlAsync(port, [.. trust, "--cert", known, "--key", knownKey, "put", "a", "b"])).Succeeded());
        await AssertRefusedAsync(port, [.. trust, "put", "a", "c"]);
        await AssertRefusedAsync(port, [.. trust, "--cert", unknown, "--key", unknownKey, "put", "a", "c"]);
        await AssertRefusedAsync(port, [.. trust, "--cert", expired, "--key", expiredKey, "put", "a", "c"]);
        Assert.Equal("a\nb\n", (await EtcdctlAsync(port, [.. trust, "--cert", known, "--key", knownKey, "get", "a"])).Succeeded());
        await netcd.HasLoggedAsync("rejected connection on client endpoint");
    }

    [Fact]
    public async Task A_certificate_is_made_where_that_is_asked_for_and_used_again()
    {
        int port = FreePort.Next();
        string path = Path.Combine(folder.At("data"), "fixtures", "client", "cert.pem");
        string first;
        await using (ServerProcess netcd = await StartAsync(port, "--auto-tls"))
        {
            Assert.Equal(
                "OK\n",
                (await EtcdctlAsync(port, "--insecure-transport=false", "--insecure-skip-tls-verify", "put", "a", "b")).Succeeded());
            first = await File.ReadAllTextAsync(path);
            Assert.Equal(143, await netcd.TerminateAsync());
        }

        await using ServerProcess again = await StartAsync(port, "--auto-tls");
        Assert.Equal("a\nb\n", (await EtcdctlAsync(port, "--cacert", path, "get", "a")).Succeeded());
        Assert.Equal(first, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Three_members_trust_each_other_by_certificates_and_nobody_else()
    {
        (string certificate, string key) = authority.Sign("member");
        (string unknown, string unknownKey) = stranger.Sign("unknown");
        int[] clients = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
        int[] peers = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
        string initial = string.Join(',', peers.Select((port, i) => $"m{i}=https://127.0.0.1:{port}"));
        Task<ServerProcess>[] starting = [.. clients.Select((client, i) => ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("m" + i), client,
            [
                .. Secure(client, certificate, key), "--name", "m" + i,
                "--listen-peer-urls", $"https://127.0.0.1:{peers[i]}", "--initial-advertise-peer-urls", $"https://127.0.0.1:{peers[i]}",
                "--initial-cluster", initial, "--peer-cert-file", certificate, "--peer-key-file", key,
                "--peer-trusted-ca-file", authority.File, "--peer-client-cert-auth",
            ]))];
        ServerProcess[] members = await Task.WhenAll(starting);
        try
        {
            string[] identity = ["--cacert", authority.File, "--cert", certificate, "--key", key];
            Assert.Equal("OK\n", (await EtcdctlAsync(clients[0], [.. identity, "put", "a", "b"])).Succeeded());
            Assert.Equal("a\nb\n", (await EtcdctlAsync(clients[2], [.. identity, "get", "a"])).Succeeded());
            string health = (await EtcdctlAsync(clients[1], [.. identity, "endpoint", "health", "--cluster"])).Succeeded();
            Assert.Equal(3, health.Split('\n').Count(line => line.Contains("is healthy", StringComparison.Ordinal)));
            string members1 = $"https://127.0.0.1:{peers[0]}/members";
            Assert.NotEqual(0, (await Command.RunAsync("curl", "-s", "--max-time", "5", "--cacert", authority.File, members1)).ExitCode);
            Assert.NotEqual(0, (await Command.RunAsync(
                "curl", "-s", "--max-time", "5", "--cacert", authority.File, "--cert", unknown, "--key", unknownKey, members1)).ExitCode);
            await members[0].KillAsync();
            await AssertServedAsync(() => EtcdctlAsync(clients[1], [.. identity, "put", "a", "c"]));
        }
        finally
        {
            foreach (ServerProcess member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    /// <summary>A put that was on its way to the leader when that died times out, as with etcd: it is tried again.</summary>
    private static async Task AssertServedAsync(Func<Task<CommandResult>> put)
    {
        Stopwatch clock = Stopwatch.StartNew();
        CommandResult result = await put();
        while (result.ExitCode != 0 && clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            Assert.Contains("etcdserver: request timed out", result.Errors, StringComparison.Ordinal);
            result = await put();
        }

        Assert.Equal("OK\n", result.Succeeded());
    }

    [Fact]
    public async Task Members_encrypt_with_certificates_that_they_make_themselves()
    {
        int[] peers = [FreePort.Next(), FreePort.Next()];
        string initial = string.Join(',', peers.Select((port, i) => $"m{i}=https://127.0.0.1:{port}"));
        ServerProcess[] members = await Task.WhenAll(peers.Select((peer, i) => ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("m" + i), FreePort.Next(), "--name", "m" + i, "--peer-auto-tls",
            "--listen-peer-urls", $"https://127.0.0.1:{peer}", "--initial-advertise-peer-urls",
            $"https://127.0.0.1:{peer}", "--initial-cluster", initial)));
        try
        {
            await members[0].Channel.PutAsync("a", "b");
            Assert.Single((await members[1].Channel.PrefixAsync("a")).Kvs);
        }
        finally
        {
            foreach (ServerProcess member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_start_with_unusable_certificates_is_refused_in_clear_words()
    {
        (string certificate, string key) = authority.Sign("server");
        (string _, string otherKey) = authority.Sign("other");
        (string expired, string expiredKey) = authority.Sign("expired", days: -1);
        string garbage = folder.At("garbage");
        await File.WriteAllTextAsync(garbage, "no certificate");
        await RefusedAsync("KeyFile and CertFile are not presented");
        await RefusedAsync("KeyFile and CertFile must both be present", "--cert-file", certificate);
        await RefusedAsync("no such file or directory", "--cert-file", folder.At("missing"), "--key-file", key);
        await RefusedAsync("no such file or directory", "--cert-file", certificate, "--key-file", folder.At("missing"));
        await RefusedAsync("private key does not match public key", "--cert-file", certificate, "--key-file", otherKey);
        await RefusedAsync("has expired", "--cert-file", expired, "--key-file", expiredKey);
        await RefusedAsync("failed to find any PEM data", "--cert-file", garbage, "--key-file", key);
        await RefusedAsync("failed to find any PEM data", "--cert-file", certificate, "--key-file", garbage);
        await RefusedAsync("failed to find any PEM data", "--cert-file", certificate, "--key-file", key, "--trusted-ca-file", garbage);
        await RefusedAsync("unexpected TLS version", "--cert-file", certificate, "--key-file", key, "--tls-min-version", "TLS9");
        await RefusedAsync("unexpected TLS cipher suite", "--cert-file", certificate, "--key-file", key, "--cipher-suites", "NONE");
    }

    [Fact]
    public async Task A_start_with_unusable_certificates_for_members_is_refused_with_the_flags_of_members()
    {
        (string certificate, string key) = authority.Sign("server");
        (string _, string otherKey) = authority.Sign("other");
        (string expired, string expiredKey) = authority.Sign("expired", days: -1);
        string garbage = folder.At("garbage");
        await File.WriteAllTextAsync(garbage, "no certificate");
        const string pair = "--peer-cert-file, --peer-key-file: ";
        await PeerRefusedAsync("KeyFile and CertFile are not presented");
        await PeerRefusedAsync(pair + "KeyFile and CertFile must both be present", "--peer-cert-file", certificate);
        await PeerRefusedAsync(
            $"{pair}open {folder.At("missing")}: no such file or directory",
            "--peer-cert-file",
            folder.At("missing"),
            "--peer-key-file",
            key);
        await PeerRefusedAsync(
            $"{pair}open {folder.At("missing")}: no such file or directory",
            "--peer-cert-file",
            certificate,
            "--peer-key-file",
            folder.At("missing"));
        await PeerRefusedAsync(
            pair + "tls: private key does not match public key", "--peer-cert-file", certificate, "--peer-key-file", otherKey);
        await PeerRefusedAsync($"{pair}{expired}: the certificate has expired", "--peer-cert-file", expired, "--peer-key-file", expiredKey);
        await PeerRefusedAsync(
            $"{pair}{garbage}: tls: failed to find any PEM data in certificate input", "--peer-cert-file", garbage, "--peer-key-file", key);
        await PeerRefusedAsync(
            $"{pair}{garbage}: tls: failed to find any PEM data in key input", "--peer-cert-file", certificate, "--peer-key-file", garbage);
        await PeerRefusedAsync(
            "--peer-trusted-ca-file: " + garbage, "--peer-cert-file", certificate,
            "--peer-key-file", key, "--peer-trusted-ca-file", garbage);
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_is_told_from_one_that_is_missing()
    {
        (string certificate, string key) = authority.Sign("server");
        const string Flags = "--cert-file, --key-file: ";
        await RefusedAsync($"{Flags}read {folder.Path}: is a directory", "--cert-file", certificate, "--key-file", folder.Path);

        // A link to itself: nobody can read that, root neither.
        string loop = folder.At("loop");
        File.CreateSymbolicLink(loop, loop);
        await RefusedAsync($"{Flags}read {loop}: Too many levels of symbolic links", "--cert-file", certificate, "--key-file", loop);
    }

    [Fact]
    public async Task A_key_that_others_own_is_told_from_one_that_is_missing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "root may read a file whatever its mode says");
        (string certificate, string key) = authority.Sign("server");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.None);
        }

        await RefusedAsync($"--cert-file, --key-file: open {key}: permission denied", "--cert-file", certificate, "--key-file", key);
    }

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
        folder.Dispose();
    }

    private static string[] Https(int port) =>
        ["--listen-client-urls", $"https://127.0.0.1:{port}", "--advertise-client-urls", $"https://127.0.0.1:{port}"];

    private static async Task<CommandResult> EtcdctlAsync(int port, params string[] arguments) => await Command.RunAsync(
        await EtcdPrograms.EtcdctlAsync(),
        ["--endpoints", $"https://127.0.0.1:{port}", "--dial-timeout=20s", "--command-timeout=30s", .. arguments],
        "",
        TimeSpan.FromSeconds(60));

    /// <summary>It tries until its time is over, and so is given little.</summary>
    private static async Task AssertRefusedAsync(int port, params string[] arguments) => Assert.NotEqual(
        0, (await EtcdctlAsync(port, ["--dial-timeout=2s", "--command-timeout=4s", .. arguments])).ExitCode);

    private string[] Secure(int port, string certificate, string key) =>
        [.. Https(port), "--cert-file", certificate, "--key-file", key, "--trusted-ca-file", authority.File, "--client-cert-auth"];

    private Task<ServerProcess> StartAsync(int port, params string[] more) =>
        ServerProcess.ReadyAsync(NetcdProgram.Path, folder.At("data"), port, [.. Https(port), .. more]);

    private async Task PeerRefusedAsync(string reason, params string[] more)
    {
        string url = $"https://127.0.0.1:{FreePort.Next()}";
        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path,
            folder.At("refused"),
            FreePort.Next(),
            ["--listen-peer-urls", url, "--initial-advertise-peer-urls", url, "--initial-cluster", "default=" + url, .. more]);
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, log, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string reason, params string[] more)
    {
        int port = FreePort.Next();
        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path, folder.At("refused"), port, [.. Https(port), .. more]);
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, log, StringComparison.Ordinal);
    }
}
