using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Lock;

namespace Netcd.Interop.Coordination;

/// <summary>Locks through the Lock service, and beside those that etcdctl takes with the keys of Go's client.</summary>
public sealed class LockTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private ServerProcess? server;

    private KV.KVClient Kv => new(server!.Channel);

    private Lease.LeaseClient Leases => new(server!.Channel);

    private Netcd.Protocol.V3Lock.Lock.LockClient Locks => new(server!.Channel);

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
    public async Task A_lock_of_the_service_and_one_of_etcdctl_exclude_each_other()
    {
        LockResponse held = await LockAsync("l", await GrantAsync());
        Task<LockResponse> third;
        ByteString command;
        await using (LiveCommand other = LiveCommand.Start(
            await EtcdPrograms.EtcdctlAsync(), ["--endpoints", server!.Endpoint, "lock", "l"]))
        {
            await UntilQueuedAsync("l", 2);
            Assert.Equal("", other.Output);

            await Locks.UnlockAsync(new UnlockRequest { Key = held.Key });
            await other.UntilAsync(static output => output.StartsWith("l/", StringComparison.Ordinal) && output.EndsWith('\n'));
            command = ByteString.CopyFromUtf8(other.Output.Trim());

            third = LockAsync("l", await GrantAsync());
            await UntilQueuedAsync("l", 2);
            Assert.False(third.IsCompleted);
        }

        // It was killed; its key would go with its lease.
        await Kv.DeleteRangeAsync(new DeleteRangeRequest { Key = command });
        Assert.StartsWith("l/", (await third).Key.ToStringUtf8(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owners_follow_each_other_in_the_order_they_came_with_rising_creation_revisions()
    {
        const int Waiters = 8;
        LockResponse held = await LockAsync("fair", await GrantAsync());
        List<Task<LockResponse>> waiting = [];
        for (int n = 0; n < Waiters; n++)
        {
            waiting.Add(LockAsync("fair", await GrantAsync()));
            await UntilQueuedAsync("fair", n + 2);
        }

        long before = await CreatedAsync(held.Key);
        foreach (Task<LockResponse> next in waiting)
        {
            Assert.False(next.IsCompleted);
            await Locks.UnlockAsync(new UnlockRequest { Key = held.Key });
            held = await next;
            long created = await CreatedAsync(held.Key);
            Assert.True(created > before, "a later owner has an older fencing token");
            before = created;
        }
    }

    [Fact]
    public async Task One_who_stops_waiting_leaves_nothing_behind()
    {
        LockResponse held = await LockAsync("left", await GrantAsync());
        long lease = await GrantAsync();
        foreach (long asked in (long[])[lease, 0])
        {
            using CancellationTokenSource cancel = new();
            Task<LockResponse> waiting = LockAsync("left", asked, cancel.Token);
            await UntilQueuedAsync("left", 2);
            await cancel.CancelAsync();
            Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => waiting)).StatusCode);
            await UntilQueuedAsync("left", 1);
        }

        Assert.Equal(held.Key, (await QueueAsync("left")).Single().Key);
        await Poll.UntilAsync(async () => (await Leases.LeaseLeasesAsync(new LeaseLeasesRequest())).Leases.Count == 2);
    }

    [Fact]
    public async Task Without_a_lease_it_gets_one_of_a_minute()
    {
        LockResponse held = await LockAsync("own", lease: 0);
        long lease = long.Parse(held.Key.ToStringUtf8()["own/".Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        LeaseTimeToLiveResponse left = await Leases.LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = lease, Keys = true });
        Assert.Equal((60, held.Key), (left.GrantedTTL, left.Keys.Single()));
        Assert.InRange(left.TTL, 50, 60);
    }

    [Fact]
    public async Task A_lock_goes_on_when_the_lease_of_its_owner_ends_and_a_lost_lease_ends_a_wait()
    {
        long owner = await GrantAsync();
        await LockAsync("expired", owner);
        long lost = await GrantAsync();
        Task<LockResponse> loser = LockAsync("expired", lost);
        await UntilQueuedAsync("expired", 2);
        Task<LockResponse> winner = LockAsync("expired", await GrantAsync());
        await UntilQueuedAsync("expired", 3);

        await Leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = lost });
        await Leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = owner });

        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => loser);
        Assert.Equal((StatusCode.Unknown, "mutex: session is expired"), (failure.StatusCode, failure.Status.Detail));
        Assert.StartsWith("expired/", (await winner).Key.ToStringUtf8(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_that_does_not_exist_takes_no_lock()
    {
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => LockAsync("none", 12345));
        Assert.Equal((StatusCode.NotFound, "etcdserver: requested lease not found"), (failure.StatusCode, failure.Status.Detail));
        Assert.Empty(await QueueAsync("none"));
    }

    /// <summary>The key is where other clients look for the lock of a lease: it has to be the one that etcd makes.</summary>
    [Theory]
    [InlineData(0x1f, "id/1f")]
    [InlineData(long.MaxValue, "id/7fffffffffffffff")]
    [InlineData(-1, "id/-1")]
    [InlineData(long.MinValue, "id/-8000000000000000")]
    public async Task The_key_names_the_lease_as_etcd_does(long lease, string key)
    {
        await Leases.LeaseGrantAsync(new LeaseGrantRequest { ID = lease, TTL = 600 });
        Assert.Equal(key, (await LockAsync("id", lease)).Key.ToStringUtf8());
    }

    private Task<LockResponse> LockAsync(string name, long lease, CancellationToken cancellation = default) => Locks
        .LockAsync(
            new LockRequest { Name = ByteString.CopyFromUtf8(name), Lease = lease },
            deadline: DateTime.UtcNow + Deadline,
            cancellationToken: cancellation)
        .ResponseAsync;

    private async Task<long> GrantAsync() => (await Leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 600 })).ID;

    private async Task<long> CreatedAsync(ByteString key) =>
        (await Kv.RangeAsync(new RangeRequest { Key = key })).Kvs.Single().CreateRevision;

    private async Task<IReadOnlyList<KeyValue>> QueueAsync(string name) => (await server!.Channel.PrefixAsync(name + "/")).Kvs;

    private Task UntilQueuedAsync(string name, int count) => Poll.UntilAsync(async () => (await QueueAsync(name)).Count == count);
}
