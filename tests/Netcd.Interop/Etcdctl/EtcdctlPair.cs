using System.Text;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Etcdctl;

/// <summary>
/// Runs each etcdctl command against a fresh netcd and a fresh etcd, and notes where exit code, output or errors differ. The differences of
/// a
/// whole script are shown together at its end.
/// </summary>
internal sealed class EtcdctlPair : IAsyncDisposable
{
    private readonly ServerPair servers;
    private readonly string program;
    private readonly StringBuilder differences = new();
    private int commands;

    private EtcdctlPair(ServerPair servers, string program)
    {
        this.servers = servers;
        this.program = program;
    }

    public ServerPair Servers => servers;

    public static async Task<EtcdctlPair> StartAsync(params string[] more)
    {
        string program = await EtcdPrograms.EtcdctlAsync();
        return new EtcdctlPair(await ServerPair.StartAsync(more), program);
    }

    /// <summary>Runs one command, given as a shell line without quoting (words are separated by blanks), against both.</summary>
    public Task<CommandResult> RunAsync(string line) => RunAsync(line.Split(' '), "");

    /// <summary>Runs one command against both and gives what netcd's run left.</summary>
    public async Task<CommandResult> RunAsync(string[] arguments, string input)
    {
        commands++;
        CommandResult[] both = await Task.WhenAll(OnAsync(servers.Etcd, arguments, input), OnAsync(servers.Netcd, arguments, input));
        (CommandResult etcd, CommandResult netcd) = (both[0], both[1]);
        string expected = Describe(etcd, servers.Etcd);
        string actual = Describe(netcd, servers.Netcd);
        if (expected != actual)
        {
            differences.Append($"\n$ etcdctl {string.Join(' ', arguments)}\n--- etcd\n{expected}\n--- netcd\n{actual}\n");
        }

        return netcd;
    }

    /// <summary>Runs a reading command in every format that etcdctl has.</summary>
    public async Task InEveryFormatAsync(string line)
    {
        foreach (string format in (string[])["simple", "json", "fields", "protobuf", "table"])
        {
            await RunAsync($"{line} -w {format}");
        }
    }

    /// <summary>Runs one command against netcd alone, where etcd's output can only be alike.</summary>
    public Task<CommandResult> OnNetcdAsync(string line) => OnAsync(servers.Netcd, line.Split(' '), "");

    /// <summary>Fails where any command differed.</summary>
    public void AssertEqual()
    {
        Assert.True(commands > 0, "nothing was compared");
        Assert.True(differences.Length == 0, differences.ToString());
    }

    public ValueTask DisposeAsync() => servers.DisposeAsync();

    private async Task<CommandResult> OnAsync(ServerProcess server, string[] arguments, string input) =>
        await Command.RunAsync(program, ["--endpoints", server.Endpoint, .. arguments], input, TimeSpan.FromSeconds(30));

    private string Describe(CommandResult result, ServerProcess server) =>
        ExpectedDifferences.WithoutIdentity(
            $"[exit {result.ExitCode}]\n{result.Output}[stderr]\n{result.Errors}", server.Endpoint, servers.Folder);
}
