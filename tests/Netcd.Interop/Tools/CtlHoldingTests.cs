using Netcd.Interop.Watches;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Tools;

/// <summary>Locks and elections of netcd ctl are those of etcdctl: they exclude each other, on both servers.</summary>
public sealed class CtlHoldingTests(CtlServers servers) : IClassFixture<CtlServers>
{
    public static TheoryData<string> Names => CtlServers.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_lock_passes_from_tool_to_tool(string server)
    {
        string name = $"lock-{server}";
        await using LiveCommand first = servers.Start(servers.Ours, server, "lock", name);
        await first.UntilAsync(output => IsKey(output, name));
        await using LiveCommand second = servers.Start(servers.Theirs, server, "lock", name);
        await QueuedAsync(server, name, 2);
        await using LiveCommand third = servers.Start(servers.Ours, server, "lock", name);
        await QueuedAsync(server, name, 3);
        Assert.Equal(("", ""), (second.Output, third.Output));

        first.Interrupt();
        Assert.Equal(0, await first.EndedAsync());
        await second.UntilAsync(output => IsKey(output, name));
        Assert.Equal("", third.Output);
        second.Interrupt();
        await third.UntilAsync(output => IsKey(output, name));
        third.Interrupt();
        Assert.Equal(0, await third.EndedAsync());
        await QueuedAsync(server, name, 0);
    }

    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", 1)]
    [InlineData("there-is-no-such-program", 1)]
    [InlineData("/there/is/no/such/program", 1)]
    public async Task A_program_under_a_lock_ends_with_what_etcdctl_says(string program, int exitCode)
    {
        CommandResult[] results = await Task.WhenAll(
            servers.Tools.Select((tool, at) => servers.RunAsync(tool, "netcd", "lock", $"with-{at}-{exitCode}", program)));
        Assert.Equal(results[0], results[1]);
        Assert.Equal(exitCode, results[1].ExitCode);
    }

    [Fact]
    public async Task A_program_under_a_lock_knows_the_key_and_reads_nothing_that_is_typed()
    {
        CommandResult told = await servers.RunAsync(servers.Ours, "netcd", "lock", "told", "env");
        Assert.Contains("\nETCD_LOCK_KEY=told/", "\n" + told.Output, StringComparison.Ordinal);
        Assert.Contains("\nETCD_LOCK_REV=", "\n" + told.Output, StringComparison.Ordinal);

        string[] words = ["--endpoints", servers.Server("netcd").Endpoint, "lock", "quiet", "cat"];
        CommandResult quiet = await Command.RunAsync(servers.Ours, words, "typed", TimeSpan.FromSeconds(60));
        Assert.Equal((0, ""), (quiet.ExitCode, quiet.Output));
        await QueuedAsync("netcd", "quiet", 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Both_tools_lead_and_see_who_leads(string server)
    {
        string name = $"election-{server}";
        LiveCommand[] watching = [.. servers.Tools.Select(tool => servers.Start(tool, server, "elect", "-l", name))];
        await using LiveCommand theirView = watching[0];
        await using LiveCommand ourView = watching[1];
        await using LiveCommand first = servers.Start(servers.Ours, server, "elect", name, "ours");
        await first.UntilAsync(static output => output.EndsWith("\nours\n", StringComparison.Ordinal));
        await Task.WhenAll(watching.Select(view => view.UntilAsync(output => output == first.Output)));

        await using LiveCommand second = servers.Start(servers.Theirs, server, "elect", name, "theirs");
        await QueuedAsync(server, name, 2);
        Assert.Equal("", second.Output);
        first.Interrupt();
        Assert.Equal(0, await first.EndedAsync());
        await second.UntilAsync(static output => output.EndsWith("\ntheirs\n", StringComparison.Ordinal));
        await Task.WhenAll(watching.Select(view => view.UntilAsync(output => output == first.Output + second.Output)));

        ourView.Interrupt();
        Assert.Equal(0, await ourView.EndedAsync());
    }

    private static bool IsKey(string output, string name) =>
        output.StartsWith(name + "/", StringComparison.Ordinal) && output.EndsWith('\n');

    private Task QueuedAsync(string server, string name, int count) => Poll.UntilAsync(async () =>
    {
        IReadOnlyList<KeyValue> queued = await servers.ReadAsync(server, name + "/");
        return queued.Count == count;
    });
}
