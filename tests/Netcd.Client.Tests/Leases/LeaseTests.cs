using Microsoft.Extensions.Time.Testing;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Leases;

/// <summary>Leases, and what renews them.</summary>
public sealed class LeaseTests(SharedServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_lease_is_granted_shown_renewed_once_and_revoked_with_its_keys(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        long id = 7_000 + (long)server;
        LeaseGrant granted = await client.Leases.GrantAsync(TimeSpan.FromSeconds(99.5), id);
        Assert.Equal((id, TimeSpan.FromSeconds(100)), (granted.Id, granted.TimeToLive));
        EtcdException taken = await Assert.ThrowsAsync<EtcdException>(() => client.Leases.GrantAsync(TimeSpan.FromSeconds(50), id));
        Assert.Equal("etcdserver: lease already exists", taken.Message);
        LeaseGrant chosen = await client.Leases.GrantAsync(TimeSpan.FromSeconds(60));
        Assert.NotEqual(0, chosen.Id);

        string key = $"leased-{server}";
        await client.Keys.PutAsync(key, "v", new PutOptions { Lease = id });
        LeaseStatus status = await client.Leases.TimeToLiveAsync(id, withKeys: true);
        Assert.True(status.Exists);
        Assert.InRange(status.TimeLeft!.Value, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(100));
        Assert.Equal(TimeSpan.FromSeconds(100), status.GrantedTimeToLive);
        Assert.Equal(key, System.Text.Encoding.UTF8.GetString(Assert.Single(status.Keys).Span));
        Assert.Empty((await client.Leases.TimeToLiveAsync(id)).Keys);
        IReadOnlyList<long> all = (await client.Leases.ListAsync()).Ids;
        Assert.Contains(id, all);
        Assert.Contains(chosen.Id, all);
        Assert.Equal(TimeSpan.FromSeconds(100), (await client.Leases.KeepAliveOnceAsync(id)).TimeToLive);

        await client.Leases.RevokeAsync(id);
        Assert.Null((await client.Keys.GetAsync(key)).KeyValue);
        Assert.False((await client.Leases.TimeToLiveAsync(id)).Exists);
        EtcdException gone = await Assert.ThrowsAsync<EtcdException>(() => client.Leases.RevokeAsync(id));
        Assert.Equal((EtcdStatusCode.NotFound, "etcdserver: requested lease not found"), (gone.Code, gone.Message));
        gone = await Assert.ThrowsAsync<EtcdException>(() => client.Leases.KeepAliveOnceAsync(id));
        Assert.Equal((EtcdStatusCode.NotFound, "etcdserver: requested lease not found"), (gone.Code, gone.Message));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Leases.GrantAsync(TimeSpan.Zero));
        await client.Leases.RevokeAsync(chosen.Id);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_handle_keeps_its_lease_beyond_its_time_and_revokes_it_when_disposed(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using LeaseHandle handle = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(6));
        await client.Keys.PutAsync($"kept-{server}", "v", new PutOptions { Lease = handle.Id });
        TimeSpan lowest = handle.TimeToLive;
        for (long start = Environment.TickCount64; Environment.TickCount64 - start < 7_500;)
        {
            lowest = handle.TimeLeft < lowest ? handle.TimeLeft : lowest;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.False(handle.Lost.IsCancellationRequested);
        Assert.True(lowest > TimeSpan.FromSeconds(0.5), $"only {lowest} were left");
        Assert.NotNull((await client.Keys.GetAsync($"kept-{server}")).KeyValue);
        await handle.DisposeAsync();
        Assert.True(handle.Lost.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, handle.TimeLeft);
        Assert.Null((await client.Keys.GetAsync($"kept-{server}")).KeyValue);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_lease_that_the_server_does_not_have_any_more_is_lost(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using LeaseHandle handle = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(3));
        await using LeaseHandle other = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(60));
        await client.Leases.RevokeAsync(handle.Id);
        await LostAsync(handle);
        Assert.False(other.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_lease_can_be_left_and_taken_up_again(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        LeaseHandle first = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(60));
        await first.DetachAsync();
        Assert.True(first.Lost.IsCancellationRequested);
        await first.DisposeAsync();
        await using LeaseHandle second = await client.Leases.AttachAsync(first.Id);
        Assert.Equal((first.Id, TimeSpan.FromSeconds(60)), (second.Id, second.TimeToLive));
        await Assert.ThrowsAsync<EtcdException>(() => client.Leases.AttachAsync(31_337));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_lease_outlives_a_server_that_starts_again_in_time(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();

        // Two thirds of it are left for the server to start in when the first renewal is due.
        await using LeaseHandle handle = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(30));
        await own.KillAsync();
        await own.RestartAsync();
        await UntilRenewedOrLostAsync(handle);
        Assert.False(handle.Lost.IsCancellationRequested);
        Assert.True((await client.Leases.TimeToLiveAsync(handle.Id)).Exists);
    }

    [Fact]
    public async Task It_is_lost_exactly_when_its_time_is_over_since_the_last_renewal_was_sent()
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.Zero };
        await using OwnServer own = await OwnServer.StartAsync(Server.Netcd);
        await using EtcdClient client = own.NewClient(options => options with { TimeProvider = time });
        await using LeaseHandle handle = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(90));
        await using LeaseHandle longer = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(600));
        Assert.Equal(TimeSpan.FromSeconds(90), handle.TimeLeft);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(TimeSpan.FromSeconds(61), handle.TimeLeft);

        // A third of its time after the last one it is renewed.
        time.Advance(TimeSpan.FromSeconds(1));
        await Poll.UntilAsync(() => Task.FromResult(handle.TimeLeft == TimeSpan.FromSeconds(90)));
        own.Proxy.Cut();
        time.Advance(TimeSpan.FromSeconds(90) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(1), handle.TimeLeft);
        Assert.False(handle.Lost.IsCancellationRequested);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await LostAsync(handle);
        Assert.Equal(TimeSpan.Zero, handle.TimeLeft);
        Assert.False(longer.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_renewal_that_is_not_answered_is_sent_again_on_another_connection(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient(static options => options with
        {
            KeepAliveTime = TimeSpan.FromMinutes(5),
            KeepAliveTimeout = TimeSpan.FromMinutes(5),
        });
        await using LeaseHandle handle = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(18));
        own.Pause();
        TimeSpan left = handle.TimeLeft;
        await Poll.UntilAsync(() => Task.FromResult(handle.TimeLeft < left - TimeSpan.FromSeconds(9)));
        own.Resume();
        await UntilRenewedOrLostAsync(handle);
        Assert.False(handle.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Many_leases_are_kept_on_one_stream(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        LeaseHandle[] handles = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ =>
            client.Leases.AcquireAsync(TimeSpan.FromSeconds(15))));
        await UntilRenewedOrLostAsync(handles);
        Assert.All(handles, static handle => Assert.False(handle.Lost.IsCancellationRequested));
        await Task.WhenAll(handles.Select(static handle => handle.DisposeAsync().AsTask()));
        IReadOnlyList<long> left = (await client.Leases.ListAsync()).Ids;
        Assert.Empty(handles.Select(static handle => handle.Id).Intersect(left));
    }

    [Fact]
    public async Task A_client_that_is_disposed_keeps_no_lease()
    {
        EtcdClient client = servers.ClientOf(Server.Netcd);
        LeaseHandle handle = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(5));
        await client.DisposeAsync();
        await LostAsync(handle);
        await handle.DisposeAsync();
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => client.Leases.AcquireAsync(TimeSpan.FromSeconds(5)));
    }

    private static Task LostAsync(LeaseHandle handle) =>
        Poll.UntilAsync(() => Task.FromResult(handle.Lost.IsCancellationRequested)).WaitAsync(Deadline);

    /// <summary>Waits until each has more time left than it had a moment before, or none at all.</summary>
    private static Task UntilRenewedOrLostAsync(params LeaseHandle[] handles)
    {
        HashSet<LeaseHandle> settled = [];
        TimeSpan[] lowest = [.. handles.Select(static handle => handle.TimeLeft)];
        return Poll.UntilAsync(() =>
        {
            for (int at = 0; at < handles.Length; at++)
            {
                TimeSpan left = handles[at].TimeLeft;
                if (left > lowest[at] + TimeSpan.FromMilliseconds(100) || handles[at].Lost.IsCancellationRequested)
                {
                    settled.Add(handles[at]);
                }

                lowest[at] = left < lowest[at] ? left : lowest[at];
            }

            return Task.FromResult(settled.Count == handles.Length);
        });
    }
}
