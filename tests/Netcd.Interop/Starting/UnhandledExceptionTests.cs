using System.Text.Json.Nodes;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>A fault of the program that nobody foresaw ends it, and what it did before is there to be read.</summary>
public sealed class UnhandledExceptionTests
{
    private const int SignalContinue = 18;
    private const int EndedByAbort = 134;

    [Fact]
    public async Task The_flight_recorder_is_written_before_the_process_ends()
    {
        Assert.SkipWhen(NetcdProgram.IsNative, "a fault is brought into what the runtime compiles alone");
        using TemporaryFolder folder = new();
        string data = folder.At("data");
        await using ServerProcess server = await ServerProcess.LimitedAsync(
            $"ulimit -c 0; export DOTNET_STARTUP_HOOKS={typeof(UnhandledExceptionTests).Assembly.Location}", data);
        await server.Channel.PutAsync("before", "the fault");
        Assert.Equal(0, ServerProcess.Kill(server.Id, SignalContinue));
        Assert.Equal(EndedByAbort, await server.EndedAsync());
        await server.HasLoggedAsync("a fault that a test has made");
        string[] lines = File.ReadAllLines(Assert.Single(Directory.GetFiles(Path.Combine(data, "netcd"), "flight-*.jsonl")));
        Assert.Equal("unhandled exception", (string?)JsonNode.Parse(lines[0])!["reason"]);
        Assert.True(lines.Length > 10, $"{lines.Length} lines");
        await using ServerProcess again = await ServerProcess.NetcdAsync(data);
        Assert.Equal("the fault", (await again.Channel.PrefixAsync("before")).Kvs.Single().Value.ToStringUtf8());
    }
}
