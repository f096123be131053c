using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Coordination;

/// <summary>Elections, queues and barriers.</summary>
public sealed class ElectionTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Candidates_lead_one_after_another_and_are_observed(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession one = await client.Coordination.OpenSessionAsync();
        await using EtcdSession two = await client.Coordination.OpenSessionAsync();
        EtcdElection election = one.Election($"election-{server}");
        Assert.Null(await election.LeaderAsync());
        List<string> seen = [];
        using CancellationTokenSource stop = new();
        Task observing = Task.Run(async () =>
        {
            await foreach (KeyValue leader in election.ObserveAsync(stop.Token))
            {
                lock (seen)
                {
                    seen.Add($"{leader.KeyText}: {leader.ValueText}");
                }
            }
        });
        EtcdLeadership first = await election.CampaignAsync("one");
        Assert.Equal($"election-{server}/{one.Lease:x}", first.Key);
        Task<EtcdLeadership> waiting = two.Election(election.Name).CampaignAsync("two");
        Assert.Equal("one", (await election.LeaderAsync())!.ValueText);
        await SeenAsync(1);
        await first.ProclaimAsync("one again");
        await SeenAsync(2);
        Assert.True(await first.IsLeadingAsync());
        Assert.False(waiting.IsCompleted);
        await first.ResignAsync();
        EtcdLeadership second = await waiting;
        Assert.True(second.FencingToken > first.FencingToken);
        await SeenAsync(3);
        await Assert.ThrowsAsync<SessionLostException>(() => first.ProclaimAsync("too late"));
        Assert.False(await first.IsLeadingAsync());
        Assert.Equal("two", (await election.LeaderAsync())!.ValueText);
        await second.DisposeAsync();
        Assert.Null(await election.LeaderAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observing);
        Assert.Equal([$"{first.Key}: one", $"{first.Key}: one again", $"{second.Key}: two"], seen);

        Task SeenAsync(int count) => Poll.UntilAsync(() =>
        {
            lock (seen)
            {
                return Task.FromResult(seen.Count == count);
            }
        });
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Each_value_of_a_queue_goes_to_one_in_order(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        EtcdQueue queue = client.Coordination.Queue($"queue-{server}");
        Assert.Null(await queue.TryDequeueAsync());
        Task<KeyValue> waiting = queue.DequeueAsync();
        await queue.EnqueueAsync("0");
        Assert.Equal("0", (await waiting).ValueText);
        for (int n = 1; n <= 20; n++)
        {
            await queue.EnqueueAsync($"{n}");
        }

        Assert.Equal("1", (await queue.TryDequeueAsync())!.ValueText);
        List<int>[] taken = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            List<int> own = [];
            while (await queue.TryDequeueAsync() is { } value)
            {
                own.Add(int.Parse(value.ValueText, System.Globalization.CultureInfo.InvariantCulture));
            }

            return own;
        }));
        Assert.All(taken, static own => Assert.Equal(own.Order(), own));
        Assert.Equal(Enumerable.Range(2, 19), taken.SelectMany(static own => own).Order());
        using CancellationTokenSource stop = new();
        Task<KeyValue> never = queue.DequeueAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_barrier_holds_all_up_until_it_is_released(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        EtcdBarrier barrier = client.Coordination.Barrier($"barrier-{server}");
        await barrier.WaitAsync();
        Assert.True(await barrier.HoldAsync());
        Assert.False(await barrier.HoldAsync());
        Task[] waiting = [.. Enumerable.Range(0, 3).Select(_ => barrier.WaitAsync())];
        await client.Keys.PutAsync(barrier.Key, "changed, but there");
        await client.Keys.GetAsync(barrier.Key);
        Assert.All(waiting, static one => Assert.False(one.IsCompleted));
        await barrier.ReleaseAsync();
        await Task.WhenAll(waiting);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_double_barrier_is_entered_and_left_together(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession session = await client.Coordination.OpenSessionAsync();
        EtcdDoubleBarrier[] barriers = [.. Enumerable.Range(0, 3).Select(_ => session.DoubleBarrier($"double-{server}", 3))];
        for (int round = 0; round < 2; round++)
        {
            Task[] entering = [barriers[0].EnterAsync(), barriers[1].EnterAsync()];
            await Poll.UntilAsync(async () =>
                (await client.Keys.RangeAsync(KeyRange.Prefix($"double-{server}/waiters"))).KeyValues.Count == 2);
            Assert.All(entering, static one => Assert.False(one.IsCompleted));
            await barriers[2].EnterAsync();
            await Task.WhenAll(entering);
            await Assert.ThrowsAsync<InvalidOperationException>(() => session.DoubleBarrier($"double-{server}", 3).EnterAsync());
            await Poll.UntilAsync(async () =>
                (await client.Keys.RangeAsync(KeyRange.Prefix($"double-{server}/waiters"))).KeyValues.Count == 3);
            Task[] leaving = [barriers[2].LeaveAsync(), barriers[0].LeaveAsync()];
            await client.Keys.GetAsync("k");
            Assert.All(leaving, static one => Assert.False(one.IsCompleted));
            await barriers[1].LeaveAsync();
            await Task.WhenAll(leaving);
            Assert.Empty((await client.Keys.RangeAsync(KeyRange.Prefix($"double-{server}/"))).KeyValues);
        }
    }
}
