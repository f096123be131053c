using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Metrics;

/// <summary>The page of metrics beside that of etcd after the same calls: what etcd's dashboards and alerts ask for is there
/// alike.</summary>
public sealed partial class MetricFamilyTests
{
    private static readonly string Document = Repository.At("docs", "reference", "metrics.md");

    [Fact]
    public async Task Every_metric_of_etcd_has_the_same_type_labels_and_bounds_or_is_listed_as_missing()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--metrics", "extensive");
        (Scrape etcd, Scrape netcd) = await CallAsync(pair);
        Assert.Empty(Differences(etcd, netcd));
        Assert.True(etcd.Families.Count > 90, $"etcd has only {etcd.Families.Count} metrics");
    }

    [Fact]
    public async Task What_was_done_is_counted_as_etcd_counts_it()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        (Scrape etcd, Scrape netcd) = await CallAsync(pair);
        string[] counted = [.. etcd.Families.Values.Where(static family => Counted().IsMatch(family.Name))
            .SelectMany(static family => family.Series).Where(static one => !Differs().IsMatch(one.Name)).Select(static one => one.Name)];
        Assert.True(counted.Length > 700, $"only {counted.Length} series are compared");
        Assert.Equal(
            string.Join('\n', counted.Select(name => $"{name} {etcd[name]}")),
            string.Join('\n', counted.Select(name => $"{name} {netcd[name]}")));

        // etcd reads a key to answer a compaction.
        Assert.Equal(etcd["etcd_mvcc_range_total"], netcd["etcd_mvcc_range_total"] + 1);
        const string put = "grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"";
        Assert.Equal(27, netcd[$"grpc_server_started_total{{{put}}}"]);
        Assert.Equal(23, netcd[$"grpc_server_handled_total{{grpc_code=\"OK\",{put}}}"]);
        Assert.Equal(4, netcd[$"grpc_server_handled_total{{grpc_code=\"InvalidArgument\",{put}}}"]);
        Assert.Equal(27, netcd[$"grpc_server_msg_received_total{{{put}}}"]);
        Assert.Equal(23, netcd[$"grpc_server_msg_sent_total{{{put}}}"]);
        Assert.Equal(26, netcd["etcd_mvcc_put_total"]);
        Assert.DoesNotContain("grpc_server_handling_seconds", netcd.Families.Keys);
        AssertMeasured(netcd);
    }

    [Fact]
    public async Task Prometheus_own_tool_takes_the_page_and_complains_of_names_of_etcd_alone()
    {
        string promtool = await PromtoolProgram.PathAsync();
        await using ServerPair pair = await ServerPair.StartAsync("--metrics", "extensive");
        (Scrape etcd, Scrape netcd) = await CallAsync(pair);
        CommandResult checkedPage = await Command.RunAsync(promtool, ["check", "metrics"], netcd.Text, TimeSpan.FromMinutes(1));

        // 3: it is read well, and names are not such as are advised.
        Assert.Contains(checkedPage.ExitCode, (int[])[0, 3]);
        string[] lines = checkedPage.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] complaints = [.. lines.Select(static line => line.Split(' ')[0])];
        Assert.DoesNotContain(complaints, name => !etcd.Families.ContainsKey(name));
        const string type = "# TYPE etcd_mvcc_put_total ";
        string page = netcd.Text.Replace(type + "counter", type + "number", StringComparison.Ordinal);
        CommandResult broken = await Command.RunAsync(promtool, ["check", "metrics"], page, TimeSpan.FromMinutes(1));
        Assert.Equal(1, broken.ExitCode);
    }

    [Fact]
    public async Task Calls_of_the_json_gateway_count_among_those_of_grpc()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            using HttpClient http = new();
            for (int n = 0; n < 6; n++)
            {
                using StringContent body = new(n < 4 ? """{"key":"YQ==","value":"YQ=="}""" : "{}");
                using HttpResponseMessage answer = await http.PostAsync(new Uri($"http://{server.Endpoint}/v3/kv/put"), body);
            }

            Scrape scrape = await Scrape.OfAsync(server);
            const string put = "grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"";
            Assert.Equal(6, scrape[$"grpc_server_started_total{{{put}}}"]);
            Assert.Equal(4, scrape[$"grpc_server_handled_total{{grpc_code=\"OK\",{put}}}"]);
            Assert.Equal(2, scrape[$"grpc_server_handled_total{{grpc_code=\"InvalidArgument\",{put}}}"]);
        }
    }

    /// <summary>What takes time was measured, and took some.</summary>
    private static void AssertMeasured(Scrape netcd)
    {
        foreach (string measured in (string[])
            ["etcd_disk_wal_fsync_duration_seconds", "etcd_disk_wal_write_duration_seconds", "etcd_disk_backend_commit_duration_seconds",
                "etcd_mvcc_hash_duration_seconds", "etcd_mvcc_hash_rev_duration_seconds", "etcd_disk_backend_snapshot_duration_seconds",
                "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds"])
        {
            Assert.True(netcd[measured + "_count"] > 0, measured);
            Assert.True(netcd[measured + "_sum"] is > 0 and < 60_000, measured);
        }

        Assert.True(netcd["etcd_disk_wal_write_bytes_total"] > 1_000);
        Assert.Equal(26, netcd["etcd_server_apply_duration_seconds_count{op=\"Put\",success=\"true\",version=\"v3\"}"]
            + netcd["etcd_server_apply_duration_seconds_count{op=\"Txn\",success=\"true\",version=\"v3\"}"]);
        Assert.True(netcd["process_resident_memory_bytes"] > 1_000_000);
        Assert.True(netcd["process_cpu_seconds_total"] > 0);
        Assert.InRange(netcd["os_fd_used"], 5, 10_000);
    }

    private static async Task<(Scrape Etcd, Scrape Netcd)> CallAsync(ServerPair pair)
    {
        await MetricsCalls.MakeAsync(pair.Etcd);
        await MetricsCalls.MakeAsync(pair.Netcd);
        const string watch = "grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"";
        const string watchEnded = $"grpc_server_handled_total{{grpc_code=\"Canceled\",{watch}}}";
        Scrape etcd = await Scrape.OfAsync(pair.Etcd);
        Scrape netcd = await Scrape.OfAsync(pair.Netcd);

        // Streams are counted a moment after their client has gone, and commits come later.
        await Poll.UntilAsync(async () =>
        {
            etcd = await Scrape.OfAsync(pair.Etcd);
            netcd = await Scrape.OfAsync(pair.Netcd);
            return etcd[watchEnded] == 1 && netcd[watchEnded] == 1;
        });
        return (etcd, netcd);
    }

    /// <summary>What etcd has and netcd has not, or has otherwise, but for what the document says.</summary>
    internal static List<string> Differences(Scrape etcd, Scrape netcd)
    {
        HashSet<string> missing = Missing();
        List<string> differences = [];
        foreach (Scrape.Family expected in etcd.Families.Values.Where(static family => !IsOfGo(family)))
        {
            Scrape.Family? actual = netcd.Families.GetValueOrDefault(expected.Name);
            if (missing.Contains(expected.Name))
            {
                differences.AddRange(actual is null ? [] : [$"{expected.Name} is listed as missing and is there"]);
            }
            else if (actual is null)
            {
                differences.Add($"{expected.Name} is missing");
            }
            else if (Shape(actual) != Shape(expected))
            {
                differences.Add($"{expected.Name} is {Shape(actual)} instead of {Shape(expected)}");
            }
        }

        return differences;
    }

    private static bool IsOfGo(Scrape.Family family) => family.Name.StartsWith("go_", StringComparison.Ordinal);

    private static string Shape(Scrape.Family family) =>
        $"{family.Type} {{{string.Join(',', family.Labels)}}} [{string.Join(' ', family.Bounds)}]";

    /// <summary>The metrics that the document says are missing.</summary>
    private static HashSet<string> Missing() => [.. File.ReadLines(Document)
        .SkipWhile(static line => !line.StartsWith("## Metrics of etcd that netcd does not have", StringComparison.Ordinal))
        .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
        .SelectMany(static line => Name().Matches(line.Split('|')[1]).Select(static name => name.Groups[1].Value))];

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(
        "^grpc_server_(started|handled|msg_(received|sent))_total$|^etcd_mvcc_(put|delete|txn)_total$"
            + "|^etcd_network_client_grpc_received_bytes_total$"
            + "|^etcd_debugging_mvcc_(keys_total|compact_revision|current_revision|total_put_size_in_bytes|db_compaction_keys_total)$"
            + "|^etcd_server_client_requests_total$|^etcd_debugging_auth_revision$")]
    private static partial Regex Counted();

    /// <summary>What netcd does not have; and messages of a snapshot, as many as its file is large, and of a watch that is left at
    /// once.</summary>
    [GeneratedRegex("\"List\"|grpc_server_msg_sent_total.*(Snapshot|Watch)")]
    private static partial Regex Differs();
}
