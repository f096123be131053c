using Netcd.Interop.Processes;
using Netcd.Interop.Watches;

namespace Netcd.Interop.Tools;

/// <summary>Watches of netcd ctl print what etcdctl's print, of both servers.</summary>
public sealed class CtlWatchTests(CtlServers servers) : IClassFixture<CtlServers>
{
    private static readonly string[] Lines =
    [
        "watch {0} --rev={1} --prefix --prev-kv", "watch {0} --rev={1} --prev-kv -w json", "watch {0} --rev={1} -w fields --hex",
        "watch {0} {0}z --rev={1} -- env", "watch {0} --rev={1} -- false",
    ];

    public static TheoryData<string> Names => CtlServers.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_watch_prints_the_same_as_etcdctls(string server)
    {
        string key = $"watched-{server}";
        long revision = await servers.PutAsync(server, key, "first");
        List<LiveCommand> watches = [];
        try
        {
            foreach (string line in Lines)
            {
                string[] words = string.Format(System.Globalization.CultureInfo.InvariantCulture, line, key, revision).Split(' ');
                watches.AddRange(servers.Tools.Select(tool => servers.Start(tool, server, words)));
            }

            await Task.WhenAll(watches.Select(static watch => watch.UntilAsync(static output => Has(output, "first"))));
            await servers.PutAsync(server, key, "second");
            await servers.DeleteAsync(server, key);
            await servers.PutAsync(server, key, "third");
            await Task.WhenAll(watches.Select((watch, at) => at / 2 == Lines.Length - 1
                ? watch.EndedAsync()
                : watch.UntilAsync(static output => Has(output, "third"))));
            for (int line = 0; line < Lines.Length; line++)
            {
                LiveCommand theirs = watches[2 * line], ours = watches[(2 * line) + 1];
                await ours.UntilAsync(output => Sorted(output) == Sorted(theirs.Output), $"{Lines[line]}:\n{theirs.Output}");
            }

            Assert.Equal(await watches[^2].EndedAsync(), await watches[^1].EndedAsync());
        }
        finally
        {
            foreach (LiveCommand watch in watches)
            {
                await watch.DisposeAsync();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_interactive_session_says_the_same_as_etcdctls(string server)
    {
        string key = $"typed-{server}";
        long revision = await servers.PutAsync(server, key, "first");
        string[] printed = await Task.WhenAll(servers.Tools.Select(tool => SessionAsync(tool, server, key, revision)));
        Assert.Equal(printed[0], printed[1]);
        Assert.Contains("progress notify: ", printed[1], StringComparison.Ordinal);
        Assert.Contains("Error: error reading watch request line: EOF", printed[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("watch key --none", "unknown flag: --none")]
    [InlineData("watch key --", "bad number of arguments (found separator --, but no commands)")]
    [InlineData("watch --prefix", "bad number of arguments")]
    public async Task A_line_that_cannot_be_read_ends_the_session(string line, string message)
    {
        foreach (string tool in servers.Tools)
        {
            CommandResult result = await Command.RunAsync(
                tool, ["--endpoints", servers.Server("netcd").Endpoint, "watch", "-i"], line + "\n", TimeSpan.FromSeconds(60));
            Assert.Equal(128, result.ExitCode);
            Assert.EndsWith($"Error: {message}\n", result.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ETCDCTL_WATCH_RANGE_END=z", "", "Error: ETCDCTL_WATCH_KEY is empty but got ETCDCTL_WATCH_RANGE_END=\"z\"\n")]
    [InlineData("ETCDCTL_WATCH_KEY=k", "x", "Error: bad number of arguments (found conflicting environment key)\n")]
    public async Task Keys_of_the_environment_that_do_not_fit_are_refused(string variable, string key, string message)
    {
        foreach (string tool in servers.Tools)
        {
            CommandResult result = await Command.RunAsync(
                "env", [variable, tool, "--endpoints", servers.Server("netcd").Endpoint, "watch", .. key.Split(' ')]);
            Assert.Equal((128, message), (result.ExitCode, result.Errors));
        }
    }

    [Fact]
    public async Task A_watch_that_is_started_before_its_server_says_what_is_missing_and_waits()
    {
        int port = FreePort.Next();
        using TemporaryFolder folder = new();
        await using LiveCommand watch = LiveCommand.Start(
            servers.Ours, ["--endpoints", $"http://127.0.0.1:{port}", "--command-timeout", "700ms", "watch", "late", "--prefix"]);
        await watch.UntilAsync(static output =>
            output.StartsWith("hint: nothing is watched yet, nothing listens at ", StringComparison.Ordinal));
        await using ServerProcess server = await ServerProcess.ReadyAsync(NetcdProgram.Path, folder.At("data"), port);
        await Poll.UntilAsync(async () =>
        {
            // The watch need not have begun when the server answers others.
            await server.Channel.PutAsync("late", "value");
            return watch.Output.Contains("PUT\nlate\nvalue\n", StringComparison.Ordinal);
        });
        Assert.Equal(2, watch.Output.Split("hint: ").Length);
    }

    [Fact]
    public async Task Keys_may_stand_in_the_environment()
    {
        long revision = await servers.PutAsync("netcd", "outside", "value");
        await using LiveCommand watch = LiveCommand.Start(
            "env",
            [
                "ETCDCTL_WATCH_KEY=outsidd", "ETCDCTL_WATCH_RANGE_END=outsidf", servers.Ours, "--endpoints",
                servers.Server("netcd").Endpoint, "watch", $"--rev={revision}",
            ]);
        await watch.UntilAsync(static output => output == "PUT\noutside\nvalue\n");
    }

    private async Task<string> SessionAsync(string tool, string server, string key, long revision)
    {
        await using LiveCommand session = servers.Start(tool, server, "watch", "-i");
        await session.TellAsync($"watch {key} --rev={revision}");
        await session.UntilAsync(static output => Has(output, "first"));
        await session.TellAsync("nonsense");
        await session.TellAsync("");
        await session.TellAsync("watch");
        await session.TellAsync("watch a b --prefix");
        await session.TellAsync($"watch '{key}' --rev={revision} -- echo \"seen \\x41\"");
        await session.UntilAsync(static output => Has(output, "seen A") && Has(output, "mutually exclusive"));
        await session.TellAsync("progress");
        await session.UntilAsync(static output => output.Split("progress notify").Length > 2);
        session.CloseInput();
        Assert.Equal(3, await session.EndedAsync());
        return Sorted(session.Output);
    }

    private static bool Has(string output, string value) => output.Contains(value, StringComparison.Ordinal)
        || output.Contains(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value)), StringComparison.Ordinal)
        || output.Contains(string.Concat(value.Select(static letter => $"\\x{(int)letter:x2}")), StringComparison.Ordinal);

    /// <summary>The lines, in an order that does not depend on which of two streams was quicker; of an environment what watches
    /// add.</summary>
    private static string Sorted(string output) => string.Join('\n', output.Split('\n')
        .Where(static line => line.StartsWith("ETCD_WATCH", StringComparison.Ordinal) || !line.Contains('=') || line.Contains('"'))
        .Order(StringComparer.Ordinal));
}
