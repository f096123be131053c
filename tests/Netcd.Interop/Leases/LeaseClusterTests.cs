using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using KeepAliveCall = Grpc.Core.AsyncDuplexStreamingCall<Netcd.Protocol.V3.LeaseKeepAliveRequest, Netcd.Protocol.V3.LeaseKeepAliveResponse>;

namespace Netcd.Interop.Leases;

/// <summary>Leases in clusters, of netcd alone and of both kinds: whoever leads serves what the others pass on to it.</summary>
public sealed class LeaseClusterTests
{
    /// <summary>Long enough for an election and a start on a busy machine.</summary>
    private const long Ttl = 15;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keep_alives_on_followers_reach_the_leader_whichever_of_both_it_is(bool netcdLeads)
    {
        await using ProcessCluster cluster = await MixedAsync();
        await LeadAsync(cluster, netcdLeads ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync());
        long id = (await cluster.Members[0].Channel.GrantAsync(10)).ID;
        await cluster.Members[1].Channel.PutAsync("b", "v", id);
        await cluster.Members[2].Channel.PutAsync("a", "v", id);

        // For half as long again as its time it lives by keep-alives alone, each on the next member.
        Stopwatch clock = Stopwatch.StartNew();
        for (int n = 0; clock.Elapsed.TotalSeconds < 15; n++)
        {
            ClusterMember member = cluster.Members[n % 3];
            Assert.Equal(10, (await member.Channel.KeepAliveAsync(id)).TTL);
            LeaseTimeToLiveResponse look = await member.Channel.TimeToLiveAsync(id);
            Assert.Equal(10, look.GrantedTTL);
            Assert.InRange(look.TTL, 4, 10);
            Assert.Equal(["a", "b"], look.Keys.Select(key => key.ToStringUtf8()).Order(StringComparer.Ordinal));
            await Task.Delay(500);
        }

        foreach (ClusterMember member in cluster.Members)
        {
            Assert.Equal(0, (await member.Channel.KeepAliveAsync(99)).TTL);
            Assert.Equal(-1, (await member.Channel.TimeToLiveAsync(99)).TTL);
        }

        // Left alone it goes, everywhere.
        foreach (ClusterMember member in cluster.Members)
        {
            await Lessor.EventuallyAsync(async () => (await member.Channel.LeasesAsync()).Length == 0, "the lease expires");
            Assert.Equal(0, (await member.Channel.KeepAliveAsync(id)).TTL);
        }

        Assert.Empty((await cluster.Members[0].Channel.PrefixAsync("a")).Kvs);
        await cluster.AssertSameEverywhereAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keep_alives_that_come_together_are_answered_in_their_order_by_every_member(bool netcdLeads)
    {
        await using ProcessCluster cluster = await MixedAsync();
        await LeadAsync(cluster, netcdLeads ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync());
        GrpcChannel channel = cluster.Members[0].Channel;
        long expired = (await channel.GrantAsync(2)).ID;
        long first = (await channel.GrantAsync(60)).ID;
        long second = (await channel.GrantAsync(70)).ID;
        long revision = (await channel.PutAsync("k", "v", first)).Header.Revision;
        await Lessor.EventuallyAsync(async () => !(await channel.LeasesAsync()).Contains(expired), "the lease expires");

        // More than are asked for at a time.
        (long Id, long Ttl)[] round = [(first, 60), (99, 0), (second, 70), (expired, 0), (first, 60)];
        (long Id, long Ttl)[] expected = [.. Enumerable.Repeat(round, 40).SelectMany(static pairs => pairs)];
        foreach (ClusterMember member in cluster.Members)
        {
            await Lessor.EventuallyAsync(
                async () => (await member.Channel.PrefixAsync("k")).Header.Revision == revision, "the member follows");
            List<LeaseKeepAliveResponse> answers = await member.Channel.KeepAliveAsync([.. expected.Select(static pair => pair.Id)]);
            Assert.Equal(expected, answers.Select(static answer => (answer.ID, answer.TTL)));
            ulong id = await cluster.IdOfAsync(member);
            Assert.All(answers, answer => Assert.Equal((id, revision), (answer.Header.MemberId, answer.Header.Revision)));
        }
    }

    [Fact]
    public async Task A_stream_of_keep_alives_that_requires_a_leader_ends_without_one_and_any_other_stays()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember survivor = await cluster.FollowerAsync();
        long id = (await survivor.Channel.GrantAsync(600)).ID;
        Lease.LeaseClient leases = new(survivor.Channel);
        Grpc.Core.Metadata requireLeader = new() { { "hasleader", "true" } };
        using KeepAliveCall strict = leases.LeaseKeepAlive(requireLeader);
        using KeepAliveCall other = leases.LeaseKeepAlive();
        foreach (KeepAliveCall call in new[] { strict, other })
        {
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        }

        foreach (ClusterMember member in cluster.Members.Where(member => member != survivor))
        {
            await member.KillAsync();
        }

        Task<bool> kept = other.ResponseStream.MoveNext(CancellationToken.None);
        RpcException ended = await Assert.ThrowsAsync<RpcException>(
            () => strict.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        Assert.Equal((StatusCode.Unavailable, "etcdserver: no leader"), (ended.StatusCode, ended.Status.Detail));
        Assert.False(kept.IsCompleted);
        using KeepAliveCall late = leases.LeaseKeepAlive(requireLeader);
        ended = await Assert.ThrowsAsync<RpcException>(() => late.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        Assert.Equal((StatusCode.Unavailable, "etcdserver: no leader"), (ended.StatusCode, ended.Status.Detail));
    }

    /// <summary>Its connection is refused at once, so it is asked some fifty times before the follower takes it for lost.</summary>
    [Fact]
    public async Task A_follower_asks_a_leader_that_is_gone_again_for_as_long_as_its_caller_waits()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(
            2, "--election-timeout", "2500", "--heartbeat-interval", "250");
        ClusterMember follower = await cluster.FollowerAsync();
        long id = (await follower.Channel.GrantAsync(600)).ID;
        Assert.Equal(600, (await follower.Channel.KeepAliveAsync(id)).TTL);
        await (await cluster.LeaderAsync()).KillAsync();
        RpcException late = await Assert.ThrowsAsync<RpcException>(
            () => follower.Channel.KeepAliveAsync(id, DateTime.UtcNow.AddSeconds(4)));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
    }

    [Fact]
    public async Task A_lease_that_is_kept_alive_survives_the_loss_of_leaders_of_both_kinds()
    {
        await using ProcessCluster cluster = await MixedAsync();
        long id = (await cluster.Members[0].Channel.GrantAsync(Ttl)).ID;
        await cluster.Members[0].Channel.PutAsync("held", "v", id);
        await using (LeaseKeeper keeper = new(cluster, id, Ttl))
        {
            for (int round = 0; round < 3; round++)
            {
                await keeper.AnsweredAgainAsync();
                ClusterMember leader = await cluster.LeaderAsync();
                await leader.KillAsync();
                await keeper.AnsweredAgainAsync();
                await cluster.RestartAsync(leader);
            }

            await keeper.AnsweredAgainAsync();
            Assert.Single((await (await cluster.LeaderAsync()).Channel.PrefixAsync("held")).Kvs);
            keeper.AssertHeld();
        }

        foreach (ClusterMember member in cluster.Members)
        {
            await Lessor.EventuallyAsync(async () => (await member.Channel.LeasesAsync()).Length == 0, "the lease expires");
        }

        await cluster.AssertSameEverywhereAsync();
    }

    [Fact]
    public async Task A_leader_that_was_stopped_and_goes_on_revokes_nothing_that_was_kept_alive_meanwhile()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember old = await cluster.LeaderAsync();
        ClusterMember other = cluster.Members.First(member => member != old);
        long id = (await old.Channel.GrantAsync(Ttl)).ID;
        await old.Channel.PutAsync("held", "v", id);
        await using LeaseKeeper keeper = new(cluster, id, Ttl) { Except = old };
        await keeper.AnsweredAgainAsync();
        old.Pause();
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < Ttl + 3)
        {
            await keeper.AnsweredAgainAsync();
        }

        // By its own count the lease is over.
        old.Resume();
        while (clock.Elapsed.TotalSeconds < Ttl + 9)
        {
            await keeper.AnsweredAgainAsync();
            Assert.Single((await other.Channel.PrefixAsync("held")).Kvs);
        }

        Assert.Equal(Ttl, (await old.Channel.KeepAliveAsync(id)).TTL);
        keeper.AssertHeld();
        await cluster.AssertSameEverywhereAsync();
    }

    private static async Task<ProcessCluster> MixedAsync()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        return await ProcessCluster.StartAsync([etcd, NetcdProgram.Path, NetcdProgram.Path]);
    }

    /// <summary>Moves leadership to a member of that kind.</summary>
    private static async Task LeadAsync(ProcessCluster cluster, string program)
    {
        if ((await cluster.LeaderAsync()).Program != program)
        {
            await cluster.MoveLeaderAsync(cluster.Members.First(member => member.Program == program));
        }
    }
}
