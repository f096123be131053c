using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Metrics;

/// <summary>The alert rules that come with netcd: each fires where its cause was brought about in real members, and none does without.
/// </summary>
public sealed class AlertRuleTests : IDisposable
{
    private static readonly string[] Extensive = ["--metrics", "extensive"];

    /// <summary>What other work of the machine may bring about at any time.</summary>
    private static readonly string[] OfBusyMachines =
        ["NetcdLogFlushesSlow", "NetcdLogFlushesVerySlow", "NetcdCommitsSlow", "NetcdRequestsSlow", "NetcdPeersSlow"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task None_fires_and_every_query_of_the_document_gives_values_while_a_cluster_is_well()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, Extensive);
        await WorkAsync(cluster);
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(cluster.Members[0].Endpoint)).Text.Contains(
            "etcd_network_peer_round_trip_time_seconds_bucket", StringComparison.Ordinal));
        Scrape[] first = await ScrapeAsync(cluster);
        await WorkAsync(cluster);
        RecordedMembers members = new();
        await AddAsync(members, cluster, first);
        Assert.Empty(await FiringAsync(members));

        string[] queries = [.. File.ReadLines(Repository.At("docs", "monitoring.md"))
            .SkipWhile(static line => line != "| panel | query |").Skip(2).Select(static line => line.Split(" | `")[1][..^3])];
        Assert.True(queries.Length > 20, $"only {queries.Length} queries were found");
        bool[] giveValues = await members.GiveValuesAsync(folder, queries);
        Assert.Empty(queries.Where((_, at) => !giveValues[at]));
    }

    [Fact]
    public async Task Members_that_are_down_and_a_cluster_without_a_majority_are_reported()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, Extensive);
        ClusterMember left = await cluster.LeaderAsync();
        ClusterMember[] lost = [.. cluster.Members.Where(member => member != left)];
        await lost[0].KillAsync();
        Scrape first = await Scrape.OfAsync(left.Endpoint);
        double lostBefore = LostMessages(first);
        await Poll.UntilAsync(async () => LostMessages(await Scrape.OfAsync(left.Endpoint)) > lostBefore);
        RecordedMembers oneDown = new();
        oneDown.Add("left", first, await Scrape.OfAsync(left.Endpoint));
        oneDown.Add("other", first, first);
        oneDown.AddDown("killed");
        Assert.Equal(["NetcdMemberDown", "NetcdPeerUnreachable"], await FiringAsync(oneDown));

        await lost[1].KillAsync();
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(left.Endpoint))["etcd_server_has_leader"] == 0);
        first = await Scrape.OfAsync(left.Endpoint);
        await Assert.ThrowsAsync<RpcException>(() => left.Channel.PutAsync("lost", "x"));
        RecordedMembers alone = new();
        alone.Add("left", first, await Scrape.OfAsync(left.Endpoint));
        alone.AddDown("killed");
        alone.AddDown("killed too");
        string[] firing = await FiringAsync(alone);
        foreach (string expected in (string[])["NetcdMemberDown", "NetcdQuorumLost", "NetcdNoLeader", "NetcdRequestsFail"])
        {
            Assert.Contains(expected, firing);
        }
    }

    [Fact]
    public async Task Elections_slow_members_and_slow_calls_are_reported()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, [.. Extensive, "--election-timeout", "12000"]);
        Scrape[] first = await ScrapeAsync(cluster);
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember[] others = [.. cluster.Members.Where(member => member != leader)];
        foreach (ClusterMember next in others)
        {
            await cluster.MoveLeaderAsync(next);
        }

        await cluster.MoveLeaderAsync(leader);

        // Members that stand still answer probes late, and no write is agreed on meanwhile.
        Array.ForEach(others, static member => member.Pause());
        Task<PutResponse> put = leader.Channel.PutAsync("slow", "x");
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        Array.ForEach(others, static member => member.Resume());
        await put;
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(leader.Endpoint)).Families["etcd_network_peer_round_trip_time_seconds"]
            .Series.Any(static one => one.Name.Contains("le=\"0.4096\"", StringComparison.Ordinal) && one.Value > 0));
        RecordedMembers members = new();
        await AddAsync(members, cluster, first);
        Assert.Equal(
            ["NetcdManyLeaderChanges", "NetcdRequestsSlow", "NetcdPeersSlow"],
            (await FiringAsync(members, "NetcdRequestsSlow", "NetcdPeersSlow")).Where(static alert => alert != "NetcdPeerUnreachable"));
    }

    [Fact]
    public async Task Proposals_that_fail_are_reported()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, Extensive);
        ClusterMember leader = await cluster.LeaderAsync();
        Scrape first = await Scrape.OfAsync(leader.Endpoint);
        foreach (ClusterMember member in cluster.Members.Where(member => member != leader))
        {
            member.Pause();
        }

        await Task.WhenAll(Enumerable.Range(0, 150).Select(async number =>
            await Assert.ThrowsAsync<RpcException>(() => leader.Channel.PutAsync($"lost/{number}", "x"))));
        Scrape second = await Scrape.OfAsync(leader.Endpoint);
        const string failed = "etcd_server_proposals_failed_total";
        Assert.True(second[failed] - first[failed] >= 150, $"{first[failed]} proposals had failed before and {second[failed]} after");
        RecordedMembers members = new() { Step = "20s" };
        members.Add("leader", first, second);
        Assert.Contains("NetcdProposalsFail", await FiringAsync(members));
    }

    [Fact]
    public async Task A_slow_disk_is_reported()
    {
        string data = folder.At("data");
        await using (await ServerProcess.NetcdAsync(data))
        {
            // The files have to be there.
        }

        string log = Directory.GetFiles(Path.Combine(data, "member", "wal"), "*.wal").Single();
        SystemCallFault slowLog = new("fdatasync", "delay_exit=1100000", "1+", log, folder.At("log-trace"));
        Assert.Equal(
            ["NetcdLogFlushesSlow", "NetcdLogFlushesVerySlow"],
            (await FiringOverPutsAsync(slowLog, data))
                .Where(static alert => alert.StartsWith("NetcdLog", StringComparison.Ordinal) || !OfBusyMachines.Contains(alert)));

        string database = Path.Combine(data, "member", "snap", "db");
        SystemCallFault slowDatabase = new("fdatasync", "delay_exit=300000", "1+", database, folder.At("database-trace"));
        string[] others = [.. OfBusyMachines.Except(["NetcdCommitsSlow"])];
        Assert.Equal(["NetcdCommitsSlow"], (await FiringOverPutsAsync(slowDatabase, data)).Except(others));
    }

    [Fact]
    public async Task A_quota_that_is_nearly_used_is_reported_before_and_when_writes_end()
    {
        const int Large = 500_000;
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), [.. Extensive, "--quota-backend-bytes", $"{8 << 20}"]);
        Scrape first = await Scrape.OfAsync(netcd);
        RecordedMembers growing = new() { Growing = "etcd_mvcc_db_total_size_in_use_in_bytes" };
        await netcd.Channel.PutAsync("growing", new string('x', Large));
        Scrape second = first;
        await Poll.UntilAsync(async () => (second = await Scrape.OfAsync(netcd))[growing.Growing] > first[growing.Growing] + Large);
        growing.Add("alone", first, second);
        Assert.Equal(["NetcdQuotaAlmostUsed", "NetcdDatabaseGrows"], await FiringAsync(growing));

        int number = 0;
        try
        {
            for (; number < 100; number++)
            {
                await netcd.Channel.PutAsync($"full/{number}", new string('x', 200_000));
            }
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.ResourceExhausted)
        {
        }

        Assert.InRange(number, 1, 99);
        first = await Scrape.OfAsync(netcd);
        await Assert.ThrowsAsync<RpcException>(() => netcd.Channel.PutAsync("no room", "x"));
        RecordedMembers full = new();
        full.Add("alone", first, await Scrape.OfAsync(netcd));
        Assert.Equal(
            ["NetcdRequestsFail", "NetcdQuotaAlmostUsed", "NetcdAlarmRaised"],
            (await FiringAsync(full)).Where(static alert => alert != "NetcdDatabaseGrows"));
    }

    [Fact]
    public async Task A_file_that_is_mostly_free_is_reported_and_so_are_descriptors_that_run_out()
    {
        await using ServerProcess netcd = await ServerProcess.LimitedAsync("ulimit -n 2000", folder.At("data"), Extensive);
        string large = new('x', 1_400_000);
        for (int number = 0; number < 170; number++)
        {
            await netcd.Channel.PutAsync("large", large);
        }

        long revision = (await netcd.Channel.PutAsync("large", "small")).Header.Revision;
        await new KV.KVClient(netcd.Channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(netcd))["etcd_mvcc_db_total_size_in_use_in_bytes"] < 50e6);
        List<TcpClient> open = [];
        try
        {
            for (int number = 0; number < 1250; number++)
            {
                open.Add(new TcpClient("127.0.0.1", netcd.Port));
            }

            await Poll.UntilAsync(async () => (await Scrape.OfAsync(netcd))["process_open_fds"] > 1230);
            Scrape page = await Scrape.OfAsync(netcd);
            RecordedMembers members = new();
            members.Add("alone", page, page);
            Assert.Equal(["NetcdDatabaseFragmented", "NetcdFewFileDescriptors"], await FiringAsync(members));
        }
        finally
        {
            open.ForEach(static client => client.Dispose());
        }
    }

    /// <summary>The alerts that fire, without those that a disk or a processor that others use too may bring about at any time.</summary>
    private async Task<string[]> FiringAsync(RecordedMembers members, params string[] broughtAbout) =>
    [
        .. (await members.FiringAsync(folder)).Where(alert => broughtAbout.Contains(alert) || !OfBusyMachines.Contains(alert)),
    ];

    private static double LostMessages(Scrape page) =>
        page.Families.GetValueOrDefault("etcd_network_peer_sent_failures_total")?.Series.Sum(static one => one.Value) ?? 0;

    private async Task<string[]> FiringOverPutsAsync(SystemCallFault fault, string data)
    {
        await using ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data, Extensive);
        Scrape first = await Scrape.OfAsync(netcd);
        for (int number = 0; number < 3; number++)
        {
            await PutCommittedAsync(netcd, $"slow/{number}", "x");
        }

        RecordedMembers members = new();
        members.Add("alone", first, await Scrape.OfAsync(netcd));
        return await members.FiringAsync(folder);
    }

    /// <summary>Puts, and waits until the file was written after the put began.</summary>
    private static async Task PutCommittedAsync(ServerProcess netcd, string key, string value)
    {
        const string commits = "etcd_disk_backend_commit_duration_seconds_count";
        double before = (await Scrape.OfAsync(netcd))[commits];
        await netcd.Channel.PutAsync(key, value);
        await Poll.UntilAsync(async () => (await Scrape.OfAsync(netcd))[commits] > before);
    }

    /// <summary>Some calls of many kinds, and streams that stay open.</summary>
    private static async Task WorkAsync(ProcessCluster cluster)
    {
        GrpcChannel channel = cluster.Members[1].Channel;
        Lease.LeaseClient leases = new(channel);
        long id = (await leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 60 })).ID;
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> renewals = leases.LeaseKeepAlive();
        await renewals.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id });
        Assert.True(await renewals.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> watch = new Watch.WatchClient(channel).Watch();
        await watch.RequestStream.WriteAsync(
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("work") } });
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        foreach (ClusterMember member in cluster.Members)
        {
            await member.Channel.PutAsync("work", member.Name);
            await member.Channel.PrefixAsync("work");
        }
    }

    private static async Task<Scrape[]> ScrapeAsync(ProcessCluster cluster) =>
        await Task.WhenAll(cluster.Members.Select(static member => Scrape.OfAsync(member.Endpoint)));

    private static async Task AddAsync(RecordedMembers members, ProcessCluster cluster, Scrape[] first)
    {
        Scrape[] second = await ScrapeAsync(cluster);
        for (int at = 0; at < second.Length; at++)
        {
            members.Add(cluster.Members[at].Name, first[at], second[at]);
        }
    }
}
