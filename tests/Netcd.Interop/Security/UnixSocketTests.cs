using System.Runtime.Versioning;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>Clients and members that meet at sockets in the file system.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixSocketTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> names = [];

    public void Dispose()
    {
        // Sockets whose names look like addresses are in the folder that the programs run in.
        names.ForEach(File.Delete);
        folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clients_call_at_a_name_and_at_a_path_and_the_file_is_gone_after_a_stop(bool isEtcd)
    {
        string name = Name();
        string path = folder.At("client.sock");
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            isEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder.At("data"), FreePort.Next(),
            "--listen-client-urls", $"unix://{name},unix://{path}", "--advertise-client-urls", "unix://" + name);
        Assert.Equal("OK\n", (await EtcdctlAsync("unix://" + name, "put", "a", "b")).Succeeded());
        Assert.Equal("a\nb\n", (await EtcdctlAsync("unix://" + path, "get", "a")).Succeeded());
        Assert.Contains("unix://" + name, (await EtcdctlAsync("unix://" + path, "member", "list")).Succeeded(), StringComparison.Ordinal);
        string version = (await Command.RunAsync("curl", "-s", "--unix-socket", path, "http://localhost/version")).Succeeded();
        Assert.Contains("etcdserver", version, StringComparison.Ordinal);
        await server.HasLoggedAsync($"\"address\":\"{path}\"");
        await server.TerminateAsync();
        Assert.False(File.Exists(path));
        Assert.False(File.Exists(name));
    }

    [Fact]
    public async Task A_socket_with_TLS_asks_for_certificates_as_a_port_does()
    {
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        string name = Name();
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data"), FreePort.Next(), "--listen-client-urls", "unixs://" + name, "--advertise-client-urls",
            "unixs://" + name, "--cert-file", certificate, "--key-file", key, "--trusted-ca-file", authority.File, "--client-cert-auth");
        string[] identity = ["--cacert", authority.File, "--cert", certificate, "--key", key];
        Assert.Equal("OK\n", (await EtcdctlAsync("unixs://" + name, [.. identity, "put", "a", "b"])).Succeeded());
        await AssertRefusedAsync("unixs://" + name, "--cacert", authority.File, "get", "a");
        await AssertRefusedAsync("unix://" + name, "get", "a");
        await Poll.UntilAsync(
            () => Task.FromResult(netcd.Log.Contains("tls: client didn't provide a certificate", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_socket_that_a_killed_process_has_left_makes_room_and_another_file_does_not()
    {
        string path = folder.At("client.sock");
        string[] urls = ["--listen-client-urls", "unix://" + path, "--advertise-client-urls", "http://localhost:1"];
        await using (ServerProcess killed = await ServerProcess.ReadyAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next(), urls))
        {
            await killed.KillAsync();
        }

        Assert.True(File.Exists(path));
        await using (ServerProcess again = await ServerProcess.ReadyAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next(), urls))
        {
            Assert.Equal("OK\n", (await EtcdctlAsync("unix://" + path, "put", "a", "b")).Succeeded());
            await again.TerminateAsync();
        }

        await File.WriteAllTextAsync(path, "precious");
        (int code, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next(), urls);
        Assert.Equal(1, code);
        Assert.Contains($"listen unix {path}: bind: address already in use", log, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Members_of_both_kinds_meet_at_sockets()
    {
        string[] programs = [NetcdProgram.Path, await EtcdPrograms.EtcdAsync(), NetcdProgram.Path];
        string[] urls = [.. programs.Select(_ => "unix://" + Name())];
        string initial = string.Join(',', urls.Select(static (url, i) => $"m{i}={url}"));
        ServerProcess[] members = await Task.WhenAll(programs.Select((program, i) => ServerProcess.ReadyAsync(
            program, folder.At("m" + i), FreePort.Next(), "--name", "m" + i, "--listen-peer-urls", urls[i],
            "--initial-advertise-peer-urls", urls[i], "--initial-cluster", initial)));
        try
        {
            foreach ((ServerProcess member, int i) in members.Select(static (member, i) => (member, i)))
            {
                await member.Channel.PutAsync("k" + i, "v");
                Assert.Equal(i + 1, (await member.Channel.PrefixAsync("k")).Kvs.Count);
            }
        }
        finally
        {
            foreach (ServerProcess member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    private static async Task<CommandResult> EtcdctlAsync(string endpoint, params string[] arguments) => await Command.RunAsync(
        await EtcdPrograms.EtcdctlAsync(), ["--endpoints", endpoint, "--dial-timeout=20s", "--command-timeout=30s", .. arguments]);

    /// <summary>It tries until its time is over, and so is given little.</summary>
    private static async Task AssertRefusedAsync(string endpoint, params string[] arguments) => Assert.NotEqual(
        0, (await EtcdctlAsync(endpoint, ["--dial-timeout=1s", "--command-timeout=3s", .. arguments])).ExitCode);

    private string Name()
    {
        names.Add($"localhost:{FreePort.Next()}");
        return names[^1];
    }
}
