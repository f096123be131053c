using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;
using Netcd.Server.Tests.Configuration;

namespace Netcd.Interop.Tools;

/// <summary>What netcd ctl does for longer than a call: mirrors and checks.</summary>
public sealed class CtlWorkTests(CtlServers servers) : IClassFixture<CtlServers>
{
    [Theory]
    [InlineData("netcd", "etcd")]
    [InlineData("etcd", "netcd")]
    public async Task A_mirror_has_what_there_was_and_each_revision_as_one_and_outlives_its_destination(string from, string to)
    {
        string prefix = $"from-{from}/", target = $"at-{to}/";
        foreach (int at in Enumerable.Range(0, 200))
        {
            await servers.PutAsync(from, $"{prefix}{at:d3}", $"value {at}");
        }

        ServerProcess destination = servers.Server(to);
        await using TcpProxy proxy = new(destination.Port);
        await using LiveCommand mirror = servers.Start(
            servers.Ours, from, "make-mirror", "--prefix", prefix, "--dest-prefix", target, $"127.0.0.1:{proxy.Port}");
        await UntilAsync(to, target, static found => found.Count == 200);
        await servers.PutAsync(from, "not-mirrored", "x");
        await TransactAsync(from, prefix);
        IReadOnlyList<KeyValue> mirrored = await UntilAsync(to, target, static found => found.Count == 201);
        KeyValue[] together = [.. mirrored.Where(static pair => pair.Value.ToStringUtf8() == "together")];
        Assert.Equal([target + "000", target + "new", target + "newer"], together.Select(static pair => pair.Key.ToStringUtf8()));
        Assert.Single(together.Select(static pair => pair.ModRevision).Distinct());
        Assert.DoesNotContain(mirrored, pair => pair.Key.ToStringUtf8() == target + "001");

        proxy.Cut();
        await servers.PutAsync(from, prefix + "late", "came late");
        await mirror.UntilAsync(static output => output.Contains("does not answer", StringComparison.Ordinal));
        proxy.Heal();
        await UntilAsync(to, target, static found => found.Any(static pair => pair.Value.ToStringUtf8() == "came late"));
        await mirror.UntilAsync(static output => output.EndsWith("the destination answers again\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mirror_begins_where_it_is_told_to_and_may_go_to_the_root()
    {
        await servers.PutAsync("netcd", "later/before", "x");
        long revision = await servers.PutAsync("netcd", "later/root-1", "one");
        await servers.PutAsync("netcd", "later/root-2", "two");
        await using LiveCommand mirror = servers.Start(
            servers.Ours, "netcd", "make-mirror", "--prefix", "later/", "--no-dest-prefix", $"--rev={revision}",
            servers.Server("etcd").Endpoint);
        await UntilAsync("etcd", "root-", static found => found.Count == 2);
        Assert.Empty(await servers.ReadAsync("etcd", "before"));
    }

    [Fact]
    public async Task An_interrupted_check_of_speed_says_what_it_has_found_and_leaves_no_keys()
    {
        await using LiveCommand check = servers.Start(servers.Ours, "netcd", "check", "perf", "--prefix", "perf/", "--auto-compact");
        await UntilAsync("netcd", "perf/", static found => found.Count > 20);
        check.Interrupt();
        int exitCode = await check.EndedAsync();
        string[] lines = check.Output.TrimEnd().Split('\n');
        Assert.Matches("^Compacting with revision [0-9]+$", lines[0]);
        Assert.Matches("^(PASS: Throughput is|FAIL: Throughput too low:) [0-9]+ writes/s$", lines[2]);
        Assert.Matches("^(PASS: Slowest request took|Slowest request took too long:) [0-9]+\\.[0-9]{6}s$", lines[3]);
        Assert.Matches("^(PASS: Stddev is|Stddev too high:) [0-9]+\\.[0-9]{6}s$", lines[4]);
        Assert.Equal(exitCode == 0 ? "PASS" : "FAIL", lines[5]);
        Assert.Empty(await servers.ReadAsync("netcd", "perf/"));
    }

    [Fact]
    public async Task Endpoints_may_be_looked_up()
    {
        await using LoopbackDns dns = new();
        dns.Set("_etcd-client-blue._tcp.cluster.test", ("127.0.0.1", servers.Server("netcd").Port));
        string[] words = ["-d", "cluster.test", "--discovery-srv-name", "blue"];
        CommandResult found = await RunAsync([.. words, "endpoint", "health"]);
        Assert.StartsWith($"http://{servers.Server("netcd").Endpoint} is healthy", found.Succeeded(), StringComparison.Ordinal);

        CommandResult insecure = await RunAsync(
            [.. words, "--insecure-discovery=false", "--endpoints", "127.0.0.1:1", "--command-timeout", "1s", "get", "a"]);
        Assert.Equal(1, insecure.ExitCode);
        Assert.StartsWith(
            $"ignoring discovered insecure endpoint \"http://{servers.Server("netcd").Endpoint}\"\n",
            insecure.Errors,
            StringComparison.Ordinal);

        CommandResult missing = await RunAsync(["-d", "other.test", "get", "a"]);
        string lookup = $"on {dns.Address}: no such host";
        Assert.Equal(
            (1, $"Error: dns lookup errors: lookup _etcd-client-ssl._tcp.other.test {lookup} and "
                + $"lookup _etcd-client._tcp.other.test {lookup}\n"),
            (missing.ExitCode, missing.Errors));

        Task<CommandResult> RunAsync(string[] line) =>
            Command.RunAsync("env", [$"NETCD_NAME_SERVER={dns.Address}", servers.Ours, .. line]);
    }

    private async Task<IReadOnlyList<KeyValue>> UntilAsync(string server, string prefix, Func<IReadOnlyList<KeyValue>, bool> isSo)
    {
        IReadOnlyList<KeyValue> found = [];
        await Poll.UntilAsync(async () =>
        {
            found = await servers.ReadAsync(server, prefix);
            return isSo(found);
        });
        return found;
    }

    private async Task TransactAsync(string server, string prefix)
    {
        TxnRequest request = new();
        foreach (string key in (string[])["000", "new", "newer"])
        {
            request.Success.Add(new RequestOp
            {
                RequestPut = new PutRequest
                {
                    Key = ByteString.CopyFromUtf8(prefix + key),
                    Value = ByteString.CopyFromUtf8("together"),
                },
            });
        }

        request.Success.Add(new RequestOp
        {
            RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(prefix + "001") },
        });
        await new KV.KVClient(servers.Server(server).Channel).TxnAsync(request);
    }
}
