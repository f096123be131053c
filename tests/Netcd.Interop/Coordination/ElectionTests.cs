using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;

namespace Netcd.Interop.Coordination;

/// <summary>Elections through the Election service, and beside those that etcdctl takes part in with the keys of Go's client.</summary>
public sealed class ElectionTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private ServerProcess? server;

    private Election.ElectionClient Elections => new(server!.Channel);

    private Lease.LeaseClient Leases => new(server!.Channel);

    public async ValueTask InitializeAsync() => server = await ServerProcess.NetcdAsync(folder.At("data"));

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        folder.Dispose();
    }

    [Fact]
    public async Task Leaders_follow_each_other_and_observers_are_told_each_of_them_and_what_it_says_last()
    {
        using AsyncServerStreamingCall<LeaderResponse> observed = Elections.Observe(
            new LeaderRequest { Name = Text("e") }, deadline: DateTime.UtcNow + Deadline);
        CampaignResponse first = await CampaignAsync("e", "one", await GrantAsync());
        Assert.Equal((Text("e"), first.Header.Revision), (first.Leader.Name, first.Leader.Rev));
        Assert.Equal("one", await NextAsync(observed));

        Task<CampaignResponse> second = CampaignAsync("e", "two", await GrantAsync());
        await UntilQueuedAsync("e", 2);
        await Elections.ProclaimAsync(new ProclaimRequest { Leader = first.Leader, Value = Text("one still") });
        Assert.Equal("one still", await NextAsync(observed));
        Assert.False(second.IsCompleted);

        await Elections.ResignAsync(new ResignRequest { Leader = first.Leader });
        Assert.NotEqual(first.Leader.Key, (await second).Leader.Key);
        Assert.Equal("two", await NextAsync(observed));
        LeaderResponse leader = await Elections.LeaderAsync(new LeaderRequest { Name = Text("e") });
        Assert.Equal((Text("two"), (await second).Leader.Rev), (leader.Kv.Value, leader.Kv.CreateRevision));
    }

    [Fact]
    public async Task A_candidate_of_the_service_and_one_of_etcdctl_lead_one_after_the_other()
    {
        CampaignResponse first = await CampaignAsync("e", "service", await GrantAsync());
        await using LiveCommand other = LiveCommand.Start(
            await EtcdPrograms.EtcdctlAsync(), ["--endpoints", server!.Endpoint, "elect", "e", "command"]);
        await UntilQueuedAsync("e", 2);
        Assert.Equal("", other.Output);

        await Elections.ResignAsync(new ResignRequest { Leader = first.Leader });
        await other.UntilAsync(static output => output.Contains("command", StringComparison.Ordinal));
        await using LiveCommand listener = LiveCommand.Start(
            await EtcdPrograms.EtcdctlAsync(), ["--endpoints", server.Endpoint, "elect", "-l", "e"]);
        await listener.UntilAsync(static output => output.Contains("command", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_leads_no_more_can_proclaim_nothing_and_ends_nobody_elses_leadership()
    {
        CampaignResponse first = await CampaignAsync("e", "one", await GrantAsync());
        await Elections.ResignAsync(new ResignRequest { Leader = first.Leader });
        await AssertFailsAsync(
            () => Elections.ProclaimAsync(new ProclaimRequest { Leader = first.Leader, Value = Text("x") }), "election: not leader");
        await AssertFailsAsync(() => Elections.LeaderAsync(new LeaderRequest { Name = Text("e") }), "election: no leader");

        CampaignResponse second = await CampaignAsync("e", "two", first.Leader.Lease);
        Assert.Equal(first.Leader.Key, second.Leader.Key);
        await Elections.ResignAsync(new ResignRequest { Leader = first.Leader });
        Assert.Equal("two", (await Elections.LeaderAsync(new LeaderRequest { Name = Text("e") })).Kv.Value.ToStringUtf8());
    }

    [Fact]
    public async Task Calls_without_a_leader_are_refused_with_the_text_of_etcd()
    {
        const string text = "\"leader\" field must be provided";
        await AssertFailsAsync(() => Elections.ProclaimAsync(new ProclaimRequest()), text);
        await AssertFailsAsync(() => Elections.ResignAsync(new ResignRequest()), text);
    }

    [Fact]
    public async Task A_candidate_who_campaigns_again_keeps_its_place_and_says_something_else()
    {
        long lease = await GrantAsync();
        CampaignResponse first = await CampaignAsync("e", "one", lease);
        CampaignResponse again = await CampaignAsync("e", "other", lease);
        Assert.Equal((first.Leader.Key, first.Leader.Rev), (again.Leader.Key, again.Leader.Rev));
        Assert.Equal("other", (await Elections.LeaderAsync(new LeaderRequest { Name = Text("e") })).Kv.Value.ToStringUtf8());
    }

    [Fact]
    public async Task A_candidate_who_stops_waiting_leaves_nothing_behind()
    {
        await CampaignAsync("e", "one", await GrantAsync());
        using CancellationTokenSource cancel = new();
        Task<CampaignResponse> waiting = CampaignAsync("e", "two", 0, cancel.Token);
        await UntilQueuedAsync("e", 2);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => waiting);
        await UntilQueuedAsync("e", 1);
        await Poll.UntilAsync(async () => (await Leases.LeaseLeasesAsync(new LeaseLeasesRequest())).Leases.Count == 1);
    }

    [Fact]
    public async Task A_candidate_whose_lease_ends_while_it_waits_is_not_told_that_it_leads()
    {
        CampaignResponse first = await CampaignAsync("e", "one", await GrantAsync());
        long lost = await GrantAsync();
        Task<CampaignResponse> loser = CampaignAsync("e", "two", lost);
        await UntilQueuedAsync("e", 2);
        await Leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = lost });
        await Elections.ResignAsync(new ResignRequest { Leader = first.Leader });

        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => loser);
        Assert.Equal((StatusCode.Unknown, "election: not leader"), (failure.StatusCode, failure.Status.Detail));
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private static async Task AssertFailsAsync<T>(Func<AsyncUnaryCall<T>> call, string text)
    {
        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () => await call());
        Assert.Equal((StatusCode.Unknown, text), (failure.StatusCode, failure.Status.Detail));
    }

    private static async Task<string> NextAsync(AsyncServerStreamingCall<LeaderResponse> observed)
    {
        Assert.True(await observed.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        return observed.ResponseStream.Current.Kv.Value.ToStringUtf8();
    }

    private Task<CampaignResponse> CampaignAsync(
        string name, string value, long lease, CancellationToken cancellation = default) => Elections.CampaignAsync(
        new CampaignRequest { Name = Text(name), Value = Text(value), Lease = lease },
        deadline: DateTime.UtcNow + Deadline,
        cancellationToken: cancellation)
        .ResponseAsync;

    private async Task<long> GrantAsync() => (await Leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 600 })).ID;

    private Task UntilQueuedAsync(string name, int count) =>
        Poll.UntilAsync(async () => (await server!.Channel.PrefixAsync(name + "/")).Kvs.Count == count);
}
