using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Clusters;
using Netcd.Interop.Metrics;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Watching;

/// <summary>Watches under which connections, servers and leaders go away: no gap, no repetition, revisions whole.</summary>
public sealed class WatchFaultTests
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_server_that_is_killed_and_started_again(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        for (int round = 0; round < 2; round++)
        {
            // On a busy machine all may have been written before it is killed: then there is more to write for the next one.
            int seen = recorder.Batches.Count;
            Task<long> writing = Writer.WriteAsync(() => own.Process.Channel, "k", 75, seed: round);
            await Task.WhenAny(writing, recorder.UntilAsync(all => all.Count > seen + 5));
            await own.KillAsync();
            await own.RestartAsync();
            await recorder.UntilAsync(await writing);
            await recorder.UntilAsync(await Writer.WriteAsync(() => own.Process.Channel, "k", 5, seed: round + 2));
        }

        await History.CheckAsync(own.Process.Channel, "k", recorder.Since, recorder.Batches);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Connections_that_are_broken_off_again_and_again(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using Recorder recorder = await Recorder.StartAsync(
            client.Watches, KeyRange.Prefix("k"), new WatchOptions { Progress = true });
        await using Recorder one = await Recorder.StartAsync(
            client.Watches, KeyRange.Prefix("k3"), new WatchOptions { RequireLeader = true });
        for (int round = 0; round < 8; round++)
        {
            int seen = recorder.Batches.Count;
            Task<long> writing = Writer.WriteAsync(() => own.Process.Channel, "k", 25, seed: round);
            await Task.WhenAny(writing, recorder.UntilAsync(all => all.Count > seen + 5));
            own.Proxy.Reset();
            await client.Watches.RequestProgressAsync();
            await recorder.UntilAsync(await writing);
        }

        await History.CheckAsync(own.Process.Channel, "k", recorder.Since, recorder.Batches);
        await one.UntilAsync(recorder.Batches.Last(batch => batch.Events.Any(change => change.KeyValue.KeyText == "k3")).Revision);
        await History.CheckAsync(own.Process.Channel, "k3", one.Since, one.Batches);
        Assert.True(own.Proxy.Accepted > 5, $"only {own.Proxy.Accepted} connections");
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_connection_through_which_nothing_comes_any_more(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        int before = own.Proxy.Accepted;
        own.Proxy.Freeze();
        long last = await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 3);

        // The old one is given up without a word from the other side.
        await Poll.UntilAsync(() => Task.FromResult(own.Proxy.Accepted > before));
        Assert.Empty(recorder.Batches);
        own.Proxy.Reset();
        own.Proxy.Heal();
        await recorder.UntilAsync(last);
        await History.CheckAsync(own.Process.Channel, "k", recorder.Since, recorder.Batches);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_server_that_hangs_up_on_a_client_for_its_pings(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);

        // It asks for a sign of life every second, which servers suffer three times.
        await using EtcdClient client = own.NewClient();
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        int before = own.Proxy.Accepted;
        await Poll.UntilAsync(() => Task.FromResult(own.Proxy.Accepted > before));
        await recorder.UntilAsync(await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 5));
        await History.CheckAsync(own.Process.Channel, "k", recorder.Since, recorder.Batches);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Members_that_freeze_and_leaders_that_move(Server server)
    {
        string program = await OwnServer.ProgramOfAsync(server);
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([program, program, program]);
        await using EtcdClient client = new(new EtcdClientOptions
        {
            Endpoints = [.. cluster.Members.Select(static member => member.Endpoint)],
            DialTimeout = TimeSpan.FromSeconds(1),
            KeepAliveTime = TimeSpan.FromSeconds(1),
            KeepAliveTimeout = TimeSpan.FromSeconds(1),
            RequireLeader = true,
        });
        ClusterMember leader = await cluster.LeaderAsync();
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        ClusterMember follower = await cluster.FollowerAsync();
        foreach (ClusterMember frozen in (ClusterMember[])[leader, cluster.Members.First(member => member != leader && member != follower)])
        {
            frozen.Pause();
            await recorder.UntilAsync(await Writer.WriteAsync(() => follower.Channel, "k", 20, seed: frozen.ClientPort));
            frozen.Resume();
        }

        for (int moves = 0; moves < 2; moves++)
        {
            await MoveLeaderAsync(cluster);
            await recorder.UntilAsync(await Writer.WriteAsync(() => follower.Channel, "k", 20, seed: moves));
        }

        await History.CheckAsync(follower.Channel, "k", recorder.Since, recorder.Batches);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_member_that_the_others_bring_up_by_a_snapshot(Server server)
    {
        string program = await OwnServer.ProgramOfAsync(server);
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(
            [program, program, program], "--snapshot-count=50", "--experimental-snapshot-catchup-entries=5");
        ClusterMember late = await cluster.FollowerAsync();
        string id = await cluster.HexIdOfAsync(late);
        await using EtcdClient client = new(late.Endpoint);
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        await recorder.UntilAsync(await Writer.WriteAsync(() => late.Channel, "k", 5, seed: 6));
        late.Proxy.CutAll();
        foreach (ClusterMember other in cluster.Members.Where(other => other != late))
        {
            other.Proxy.Cut(id);
        }

        long last = await WriteUntilForgottenAsync(await cluster.LeaderAsync());
        foreach (ClusterMember member in cluster.Members)
        {
            member.Proxy.Heal();
        }

        await recorder.UntilAsync(last);
        Scrape page = await Scrape.OfAsync(late.Endpoint);
        Assert.Equal(1, page.Families["etcd_network_snapshot_receive_success"].Series.Sum(static one => one.Value));
        await History.CheckAsync(late.Channel, "k", recorder.Since, recorder.Batches);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task What_was_compacted_meanwhile_ends_the_watch_with_the_revision(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        long seen = (await own.Process.Channel.PutAsync("k0", "seen")).Header.Revision;
        await recorder.UntilAsync(seen);
        own.Proxy.Cut();
        long last = await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 4);
        await own.Process.Channel.CompactAsync(last);
        own.Proxy.Heal();
        CompactedException compacted = await recorder.FailedAsync<CompactedException>();
        Assert.Equal(last, compacted.CompactRevision);
        Assert.Equal(seen, Assert.Single(recorder.Batches).Revision);

        // Where it says, a new one may begin.
        await using Recorder next = await Recorder.StartAsync(
            client.Watches, KeyRange.Prefix("k"), new WatchOptions { StartRevision = compacted.CompactRevision });
        await next.UntilAsync(last);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_quiet_watch_outlives_a_compaction_if_it_was_told_how_far_it_is(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server, "--experimental-watch-progress-notify-interval=200ms");
        await using EtcdClient client = own.NewClient();
        await using Recorder quiet = await Recorder.StartAsync(client.Watches, KeyRange.Key("quiet"));
        await using Recorder told = await Recorder.StartAsync(client.Watches, KeyRange.Key("quiet"), new WatchOptions { Progress = true });
        long last = await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 5);
        await told.UntilAsync(last);

        // The other one is told in the same round, which need not be over when this one knows: it is when the next one has come.
        int rounds = told.Batches.Count;
        await told.UntilAsync(all => all.Count > rounds + 1);
        await own.Process.Channel.CompactAsync(last);
        own.Proxy.Reset();
        await quiet.UntilAsync((await own.Process.Channel.PutAsync("quiet", "v")).Header.Revision);
        Assert.Single(quiet.Batches);
    }

    [Fact]
    public async Task A_watch_without_a_server_gives_up_after_the_time_set()
    {
        await using OwnServer own = await OwnServer.StartAsync(Server.Netcd);
        await using EtcdClient client = own.NewClient();
        await using EtcdClient brief = own.NewClient(static options => options with { CallTimeout = TimeSpan.FromSeconds(1) });
        await using Recorder patient = await Recorder.StartAsync(client.Watches, KeyRange.Key("k"));
        await using Recorder hasty = await Recorder.StartAsync(
            client.Watches, KeyRange.Key("k"), new WatchOptions { GiveUpAfter = TimeSpan.FromSeconds(1) });
        own.Proxy.Cut();
        EtcdUnavailableException given = await hasty.FailedAsync<EtcdUnavailableException>();
        Assert.IsAssignableFrom<EtcdException>(given.InnerException);
        await Assert.ThrowsAsync<EtcdUnavailableException>(() => Recorder.StartAsync(brief.Watches, KeyRange.Key("k")));
        own.Proxy.Heal();
        await patient.UntilAsync((await own.Process.Channel.PutAsync("k", "v")).Header.Revision);
    }

    /// <summary>Writes until a leader has let go of the log that a member which is cut off needs. It may keep it for some time, and
    /// lets go of it while it saves a snapshot: the second one means that the first is done. Gives the last revision.</summary>
    private static async Task<long> WriteUntilForgottenAsync(ClusterMember leader)
    {
        TimeSpan patience = TimeSpan.FromSeconds(3);
        int Snapshots() => leader.Log.Split("\"msg\":\"saved snapshot\"").Length;
        long begun = Stopwatch.GetTimestamp();
        long last = 0;
        int written = 0;
        int enough = int.MaxValue;
        await Poll.UntilAsync(async () =>
        {
            bool mayForget = Stopwatch.GetElapsedTime(begun) > patience;
            enough = mayForget && enough == int.MaxValue ? Snapshots() + 2 : enough;
            last = await Writer.WriteAsync(() => leader.Channel, "k", mayForget ? 20 : 1, seed: written++);
            return Snapshots() >= enough;
        });
        return last;
    }

    private static async Task MoveLeaderAsync(ProcessCluster cluster)
    {
        ClusterMember leader = await cluster.LeaderAsync();
        await cluster.MoveLeaderAsync(cluster.Members.First(member => member != leader));
    }
}
