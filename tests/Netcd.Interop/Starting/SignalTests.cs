using System.Globalization;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>How signals end a member, and which do not: supervisors and containers look at it, so it is as with etcd.</summary>
public sealed partial class SignalTests
{
    private const int Sigterm = 15;
    private const int Sigcont = 18;

    /// <summary>A shell that starts the member, says which process it is, and in the end how it ended.</summary>
    private const string Watched = """
        #!/bin/bash
        set -m
        'PROGRAM' "$@" &
        child=$!
        echo "child $child"
        while kill -0 $child 2>/dev/null; do sleep 0.02; done
        jobs -l
        """;

    [Theory]
    [InlineData(1, "Hangup")]
    [InlineData(2, "Interrupt")]
    [InlineData(3, "Exit 2")]
    [InlineData(Sigterm, "Terminated")]
    public async Task It_ends_as_etcd_does(int signal, string expected)
    {
        AssertSystem();
        string[] ends = await Task.WhenAll(EndAsync(await EtcdPrograms.EtcdAsync(), signal), EndAsync(NetcdProgram.Path, signal));
        Assert.Equal([expected, expected], ends);
    }

    [Theory]
    [InlineData(2, "Interrupt")]
    [InlineData(3, "Exit 2")]
    [InlineData(Sigterm, "Terminated")]
    public async Task It_ends_as_etcd_does_where_its_parent_ignores_the_signal(int signal, string expected)
    {
        AssertSystem();
        string watched = $"#!/bin/bash\ntrap '' {signal}\n{Watched}";
        string[] ends = await Task.WhenAll(
            EndAsync(await EtcdPrograms.EtcdAsync(), signal, watched), EndAsync(NetcdProgram.Path, signal, watched));
        Assert.Equal([expected, expected], ends);
    }

    [Fact]
    public async Task Signals_that_etcd_passes_over_do_not_end_it()
    {
        AssertSystem();
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            using TemporaryFolder folder = new();
            await using ServerProcess server = await ServerProcess.ReadyAsync(program, folder.At("data"), FreePort.Next());
            foreach (int ignored in (int[])[10, 12, 13, 14, 17, Sigcont, 23, 24, 25, 26, 27, 28, 29, 30])
            {
                Assert.Equal(0, ServerProcess.Kill(server.Id, ignored));
                await server.Channel.PutAsync($"after{ignored}", "served");
            }

            Assert.False(server.HasExited);
            Assert.Equal(128 + Sigterm, await server.TerminateAsync());
        }
    }

    [Fact]
    public async Task SIGQUIT_prints_threads_and_figures_of_the_member()
    {
        AssertSystem();
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next());
        Assert.Equal(0, ServerProcess.Kill(netcd.Id, 3));
        Assert.Equal(2, await netcd.EndedAsync());
        foreach (string told in (string[])["SIGQUIT: quit", "netcd-engine", "netcd-log", "pool: ", "heap: ", "etcd_server_has_leader 1"])
        {
            await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Contains(told, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(Sigterm)]
    public async Task As_the_first_process_of_a_container_it_exits_with_0(int signal)
    {
        AssertSystem();
        string[] unshare = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];
        CommandResult possible = await Command.RunAsync("unshare", [.. unshare, "true"]);
        Assert.SkipUnless(possible.ExitCode == 0, "namespaces are not to be had here: " + possible.Errors);
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            using TemporaryFolder folder = new();
            string script = Script(folder, $"#!/bin/sh\nexec unshare {string.Join(' ', unshare)} '{program}' \"$@\"\n");
            await using ServerProcess server = await ServerProcess.ReadyAsync(script, folder.At("data"), FreePort.Next());

            // etcd takes its signals over a moment after it says that it is ready.
            await server.Channel.PutManyAsync("key/", 100);
            string children = await File.ReadAllTextAsync($"/proc/{server.Id}/task/{server.Id}/children");
            Assert.Equal(0, ServerProcess.Kill(int.Parse(children, CultureInfo.InvariantCulture), signal));
            Assert.Equal(0, await server.EndedAsync());
        }
    }

    [Fact]
    public async Task A_second_signal_does_not_cut_an_orderly_stop_short()
    {
        AssertSystem();
        using TemporaryFolder folder = new();
        string script = Script(folder, Watched.Replace("PROGRAM", NetcdProgram.Path, StringComparison.Ordinal));
        await using ServerProcess shell = await ServerProcess.ReadyAsync(script, folder.At("data"), FreePort.Next());
        int child = await ChildAsync(shell);
        for (int times = 0; times < 20; times++)
        {
            _ = ServerProcess.Kill(child, times == 0 ? Sigterm : 2);
        }

        // Signals that wait together are delivered in the order of their numbers: it ends by whichever came first.
        await shell.EndedAsync();
        Assert.Contains(await StateAsync(shell, child), (string[])["Terminated", "Interrupt"]);
        Assert.Contains("\"msg\":\"closed etcd server\"", shell.Log, StringComparison.Ordinal);
    }

    private static async Task<string> EndAsync(string program, int signal, string watched = Watched)
    {
        using TemporaryFolder folder = new();
        string script = Script(folder, watched.Replace("PROGRAM", program, StringComparison.Ordinal));
        await using ServerProcess shell = await ServerProcess.ReadyAsync(script, folder.At("data"), FreePort.Next());
        int child = await ChildAsync(shell);
        try
        {
            await shell.Channel.PutAsync("a", "1");
            Assert.Equal(0, ServerProcess.Kill(child, signal));
            await shell.EndedAsync();
            return await StateAsync(shell, child);
        }
        finally
        {
            _ = ServerProcess.Kill(child, 9);
        }
    }

    /// <summary>What the shell says of its child in the end, as "Terminated" or "Exit 2".</summary>
    private static async Task<string> StateAsync(ServerProcess shell, int child)
    {
        Regex state = new($@"(\[1\].?|line [0-9]+:) +({child} +)?(?<state>[A-Z]\w+( [0-9]+)?)");
        await Poll.UntilAsync(() => Task.FromResult(state.IsMatch(shell.Log)));
        return state.Match(shell.Log).Groups["state"].Value;
    }

    private static async Task<int> ChildAsync(ServerProcess shell)
    {
        await Poll.UntilAsync(() => Task.FromResult(Child().IsMatch(shell.Log)));
        return int.Parse(Child().Match(shell.Log).Groups["id"].Value, CultureInfo.InvariantCulture);
    }

    private static string Script(TemporaryFolder folder, string text)
    {
        string path = folder.At("script");
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return path;
    }

    private static void AssertSystem() => Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are numbered as Linux has them");

    [GeneratedRegex("child (?<id>[0-9]+)")]
    private static partial Regex Child();
}
