using System.Text.Json.Nodes;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Metrics;

/// <summary>What only those find who look after a member: the level of its log, and its flight recorder.</summary>
public sealed class OperatorPageTests : IDisposable
{
    private const int UserSignal = 10;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_ports_of_metrics_have_the_level_of_the_log_and_the_flight_recorder_and_those_of_clients_have_not()
    {
        int port = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--listen-metrics-urls", $"http://127.0.0.1:{port}");
        await EnableAuthenticationAsync(netcd);
        foreach (string path in (string[])["/config/local/log", "/debug/netcd/flight"])
        {
            Assert.Equal("404", await StatusAsync(netcd.Port, path));
            Assert.Equal("404", await StatusAsync(netcd.Port, path, "-X", "PUT", "-d", """{"Level":"DEBUG"}"""));
        }

        Assert.DoesNotContain("\"level\":\"debug\"", netcd.Log, StringComparison.Ordinal);
        Assert.Equal("400", await StatusAsync(port, "/config/local/log", "-X", "PUT", "-d", """{"Level":"loud"}"""));
        Assert.Equal("204", await StatusAsync(port, "/config/local/log", "-X", "PUT", "-d", """{"Level":"DEBUG"}"""));
        await Assert.ThrowsAsync<RpcException>(async () => await netcd.Channel.PutAsync("a", "1"));
        await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Contains("\"level\":\"debug\"", StringComparison.Ordinal)));

        CommandResult page = await Command.RunAsync("curl", "-sf", "-m", "20", $"http://127.0.0.1:{port}/debug/netcd/flight");
        JsonObject[] flight = Parse(page.Succeeded());
        Assert.Equal(
            ["answers", "apply", "backend", "consensus", "leases", "log", "watch"],
            flight.Where(static line => Kind(line) == "stage").Select(static line => (string)line["stage"]!).Distinct().Order());
        Assert.Equal(
            ["db", "wal"],
            flight.Where(static line => Kind(line) == "flush").Select(static line => (string)line["file"]!).Distinct().Order());
        Assert.Contains(flight, static line => Kind(line) == "leader" && (string?)line["leader-member-id"] == "8e9e05c52164694d");
        Assert.Equal("405", await StatusAsync(port, "/debug/netcd/flight", "-X", "POST"));
    }

    [Fact]
    public async Task A_signal_has_the_flight_recorder_written_to_a_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are numbered as Linux has them");
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await netcd.Channel.PutAsync("a", "1");
        Assert.Equal(0, ServerProcess.Kill(netcd.Id, UserSignal));
        await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Contains("\"event-id\":3201", StringComparison.Ordinal)));
        Assert.Equal("SIGUSR1", await ReasonAsync());
        await netcd.Channel.PutAsync("a", "2");

        // The folder beside the member's is nobody's trouble at the next start, of etcd neither.
        await netcd.TerminateAsync();
        await using ServerProcess etcd = await ServerProcess.EtcdAsync(folder.At("data"));
        await etcd.Channel.PutAsync("a", "3");
    }

    [Fact]
    public async Task A_stage_that_fails_has_it_written_before_the_process_ends()
    {
        string data = folder.At("data");
        await using (ServerProcess first = await ServerProcess.NetcdAsync(data))
        {
            await first.TerminateAsync();
        }

        string wal = Path.Combine(data, "member", "wal", "0000000000000000-0000000000000000.wal");
        SystemCallFault fault = new("fdatasync", "error=EIO", "12", wal, folder.At("trace"));
        await using ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data);
        for (int n = 0; n < 30 && !netcd.HasExited; n++)
        {
            await Task.WhenAny(netcd.Channel.PutAsync("a", "1"), netcd.EndedAsync());
        }

        Assert.Equal(1, await netcd.EndedAsync());
        Assert.Equal("stage failed", await ReasonAsync());
    }

    private async Task<string> ReasonAsync()
    {
        string[] files = Directory.GetFiles(Path.Combine(folder.At("data"), "netcd"));
        JsonObject[] lines = Parse(await File.ReadAllTextAsync(Assert.Single(files), TestContext.Current.CancellationToken));
        Assert.Contains(lines, static line => Kind(line) == "stage");
        return (string)lines[0]["reason"]!;
    }

    private static async Task EnableAuthenticationAsync(ServerProcess server)
    {
        Protocol.V3.Auth.AuthClient auth = new(server.Channel);
        await auth.UserAddAsync(new AuthUserAddRequest { Name = "root", Password = "p" });
        await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await auth.AuthEnableAsync(new AuthEnableRequest());
    }

    private static string? Kind(JsonObject line) => (string?)line["kind"];

    private static JsonObject[] Parse(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!.AsObject())];

    private static async Task<string> StatusAsync(int port, string path, params string[] arguments) =>
        (await Command.RunAsync(
            "curl", ["-s", "-o", "/dev/null", "-m", "30", "-w", "%{http_code}", .. arguments, $"http://127.0.0.1:{port}{path}"])).Output;
}
