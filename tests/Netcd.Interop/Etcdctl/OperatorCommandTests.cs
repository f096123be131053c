using System.Text.Json;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Etcdctl;

/// <summary>What operators run: status, members, hashes, backups.</summary>
public sealed partial class OperatorCommandTests
{
    [Fact]
    public async Task Status_health_and_members_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await pair.RunAsync("put a 1");
        await pair.RunAsync("endpoint health");
        await pair.RunAsync("endpoint health -w json");
        await pair.RunAsync("endpoint status -w json");
        await pair.RunAsync("endpoint status -w fields");
        await pair.InEveryFormatAsync("member list");
        await pair.InEveryFormatAsync("member list --hex");
        await pair.RunAsync("alarm list");
        await pair.RunAsync("alarm disarm");
        await pair.RunAsync("compaction 2");
        await pair.RunAsync("get a -w json");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Maintenance_is_answered_as_etcd_answers_it()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await pair.RunAsync("put a 1");
        await pair.RunAsync("put a 2");
        await pair.RunAsync("compaction 2");
        await pair.RunAsync("compaction 2");
        await pair.RunAsync("compaction 99");
        await pair.RunAsync("compaction 3 --physical");
        await pair.RunAsync("compaction nonsense");
        await pair.RunAsync("defrag");
        await pair.RunAsync("defrag --cluster");
        await pair.RunAsync("defrag -w json");
        await pair.RunAsync("move-leader");
        await pair.RunAsync("move-leader 1234");
        await pair.RunAsync("move-leader nonsense");
        await pair.RunAsync("alarm list -w json");
        await pair.RunAsync("alarm nonsense");
        await pair.RunAsync("endpoint hashkv");
        await pair.RunAsync("endpoint hashkv --rev=99");
        await pair.RunAsync("get a -w json");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Etcdctls_own_check_of_a_growing_store_passes()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        CommandResult result = await Command.RunAsync(
            await EtcdPrograms.EtcdctlAsync(),
            ["--endpoints", netcd.Endpoint, "check", "datascale", "--load=s"],
            "",
            TimeSpan.FromMinutes(2));
        Assert.Contains("PASS: Approximate system memory used", result.Succeeded() + result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hash_of_the_same_history_is_etcds()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await pair.RunAsync("endpoint hashkv -w json");
        for (int n = 0; n < 20; n++)
        {
            await pair.RunAsync(n % 7 == 3 ? $"del k{n - 1}" : $"put k{n % 5} value-{n}");
        }

        for (int revision = 0; revision < 24; revision += 3)
        {
            await pair.RunAsync($"endpoint hashkv -w json --rev={revision}");
        }

        await pair.RunAsync("endpoint hashkv");
        pair.AssertEqual();
    }

    [Fact]
    public async Task A_saved_snapshot_has_the_revision_and_the_keys_that_etcds_has()
    {
        string etcdutl = await EtcdPrograms.EtcdutlAsync();
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        for (int n = 0; n < 10; n++)
        {
            await pair.RunAsync($"put key-{n} value-{n}");
        }

        await pair.RunAsync("del key-3");
        Dictionary<string, JsonElement> statuses = [];
        foreach ((string name, ServerProcess server) in new[] { ("etcd", pair.Servers.Etcd), ("netcd", pair.Servers.Netcd) })
        {
            string file = Path.Combine(pair.Servers.Folder, name + ".snapshot");
            CommandResult saved = await Command.RunAsync(etcdctl, "--endpoints", server.Endpoint, "snapshot", "save", file);
            Assert.Contains("Snapshot saved at " + file, saved.Succeeded(), StringComparison.Ordinal);
            CommandResult status = await Command.RunAsync(etcdutl, "snapshot", "status", file, "-w", "json");
            statuses[name] = JsonDocument.Parse(status.Succeeded()).RootElement;
        }

        Assert.Equal(12, statuses["netcd"].GetProperty("revision").GetInt64());
        Assert.Equal(statuses["etcd"].GetProperty("revision").GetInt64(), statuses["netcd"].GetProperty("revision").GetInt64());
        Assert.Equal(statuses["etcd"].GetProperty("totalKey").GetInt64(), statuses["netcd"].GetProperty("totalKey").GetInt64());
        pair.AssertEqual();
    }

    [Fact]
    public async Task Etcd_serves_what_was_restored_from_a_snapshot_of_netcd()
    {
        string etcdutl = await EtcdPrograms.EtcdutlAsync();
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        using TemporaryFolder folder = new();
        string snapshot = folder.At("snapshot");
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("netcd"));
        for (int n = 0; n < 10; n++)
        {
            (await Command.RunAsync(etcdctl, "--endpoints", netcd.Endpoint, "put", $"key-{n}", $"value-{n}")).Succeeded();
        }

        (await Command.RunAsync(etcdctl, "--endpoints", netcd.Endpoint, "snapshot", "save", snapshot)).Succeeded();
        (await Command.RunAsync(
            etcdutl, "snapshot", "restore", snapshot, "--data-dir", folder.At("restored"), "--name", "default",
            "--initial-cluster", "default=http://localhost:2380", "--initial-advertise-peer-urls", "http://localhost:2380")).Succeeded();
        await using ServerProcess etcd = await ServerProcess.EtcdAsync(folder.At("restored"));
        string[] all = ["get", "", "--prefix", "-w", "json"];
        string before = (await Command.RunAsync(etcdctl, ["--endpoints", netcd.Endpoint, .. all])).Succeeded();
        string after = (await Command.RunAsync(etcdctl, ["--endpoints", etcd.Endpoint, .. all])).Succeeded();
        Assert.Contains("\"count\":10", before, StringComparison.Ordinal);
        Assert.Equal(WithoutHeader(before), WithoutHeader(after));
    }

    [Fact]
    public async Task Netcd_serves_what_etcdutl_restored_from_a_snapshot_of_etcd()
    {
        string etcdutl = await EtcdPrograms.EtcdutlAsync();
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        using TemporaryFolder folder = new();
        string snapshot = folder.At("snapshot");
        await using ServerProcess etcd = await ServerProcess.EtcdAsync(folder.At("etcd"));
        for (int n = 0; n < 10; n++)
        {
            (await Command.RunAsync(etcdctl, "--endpoints", etcd.Endpoint, "put", $"key-{n}", $"value-{n}")).Succeeded();
        }

        (await Command.RunAsync(etcdctl, "--endpoints", etcd.Endpoint, "snapshot", "save", snapshot)).Succeeded();
        (await Command.RunAsync(
            etcdutl, "snapshot", "restore", snapshot, "--data-dir", folder.At("restored"), "--name", "default",
            "--initial-cluster", "default=http://localhost:2380", "--initial-advertise-peer-urls", "http://localhost:2380")).Succeeded();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("restored"));
        string[] all = ["get", "", "--prefix", "-w", "json"];
        string before = (await Command.RunAsync(etcdctl, ["--endpoints", etcd.Endpoint, .. all])).Succeeded();
        string after = (await Command.RunAsync(etcdctl, ["--endpoints", netcd.Endpoint, .. all])).Succeeded();
        Assert.Contains("\"count\":10", before, StringComparison.Ordinal);
        Assert.Equal(WithoutHeader(before), WithoutHeader(after));
    }

    private static string WithoutHeader(string json) => Header().Replace(json, "");

    // A restored directory is a new cluster with terms of its own; the revision is compared with the keys' own.
    [GeneratedRegex("\"cluster_id\":\\d+,|\"member_id\":\\d+,|,\"raft_term\":\\d+")]
    private static partial Regex Header();
}
