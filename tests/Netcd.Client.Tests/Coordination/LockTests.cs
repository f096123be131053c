using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Coordination;

/// <summary>Locks exclude each other, in order, and end with their session.</summary>
public sealed class LockTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task One_at_a_time_holds_a_mutex_in_and_between_sessions(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession one = await client.Coordination.OpenSessionAsync();
        await using EtcdSession two = await client.Coordination.OpenSessionAsync(TimeSpan.FromSeconds(30));
        string name = $"mutex-{server}";
        int inside = 0;
        List<long> tokens = [];
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async n =>
        {
            await using EtcdLock held = await (n % 2 == 0 ? one : two).Mutex(name).LockAsync();
            Assert.Equal(1, Interlocked.Increment(ref inside));
            Assert.True(await held.IsHeldAsync());
            tokens.Add(held.FencingToken);
            Assert.Equal(0, Interlocked.Decrement(ref inside));
        }));
        Assert.Equal(12, tokens.Count);
        Assert.Equal(tokens.Order().Distinct(), tokens);
        Assert.Empty((await client.Keys.RangeAsync(KeyRange.Prefix(name))).KeyValues);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_lock_outlives_the_server_and_those_who_wait_get_it_afterwards(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using EtcdSession one = await client.Coordination.OpenSessionAsync(TimeSpan.FromSeconds(60));
        await using EtcdSession two = await client.Coordination.OpenSessionAsync(TimeSpan.FromSeconds(60));
        EtcdLock held = await one.Mutex("durable").LockAsync();
        Task<EtcdLock> waiting = two.Mutex("durable").LockAsync();
        await Poll.UntilAsync(async () => (await KeysAsync(client, "durable")).Count == 2);
        await own.KillAsync();
        await own.RestartAsync();
        Assert.True(await held.IsHeldAsync());
        Assert.Null(await one.Mutex("durable").TryLockAsync());
        Assert.False(waiting.IsCompleted);
        await held.ReleaseAsync();
        await using EtcdLock next = await waiting;
        Assert.True(next.FencingToken > held.FencingToken);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_lock_that_another_has_is_not_to_be_had_and_waiting_for_it_can_be_given_up(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession one = await client.Coordination.OpenSessionAsync();
        await using EtcdSession two = await client.Coordination.OpenSessionAsync();
        string name = $"taken-{server}";
        EtcdLock held = await one.Mutex(name).LockAsync();
        Assert.Equal($"{name}/{one.Lease:x}", held.Key);
        Assert.Null(await two.Mutex(name).TryLockAsync());
        Assert.Null(await one.Mutex(name).TryLockAsync());
        Assert.Equal([held.Key], await KeysAsync(client, name));
        using CancellationTokenSource impatient = new();
        Task<EtcdLock> waiting = two.Mutex(name).LockAsync(impatient.Token);
        await Poll.UntilAsync(async () => (await KeysAsync(client, name)).Count == 2);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Poll.UntilAsync(async () => (await KeysAsync(client, name)).Count == 1);

        // Its place in the session is free too.
        waiting = two.Mutex(name).LockAsync();
        Transaction ours = Transaction.If(held.IsStillHeld).Then(Operation.Put(name + "-data", "1"));
        Assert.True((await client.Keys.CommitAsync(ours)).Succeeded);
        await held.ReleaseAsync();
        Assert.False((await client.Keys.CommitAsync(ours)).Succeeded);
        Assert.False(await held.IsHeldAsync());
        await using EtcdLock next = await waiting;
        Assert.True(next.FencingToken > held.FencingToken);
        await held.DisposeAsync();
        Assert.True(await next.IsHeldAsync());
        await using EtcdLock? free = await one.Mutex(name + "-other").TryLockAsync();
        Assert.NotNull(free);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task What_a_session_held_is_free_when_it_ends_and_its_waiters_hear_of_it(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession one = await client.Coordination.OpenSessionAsync();
        await using EtcdSession two = await client.Coordination.OpenSessionAsync(TimeSpan.FromSeconds(9));
        string name = $"ends-{server}";
        EtcdLock first = await one.Mutex(name).LockAsync();
        Task<EtcdLock> waiting = two.Mutex(name).LockAsync();
        await Poll.UntilAsync(async () => (await KeysAsync(client, name)).Count == 2);
        await client.Leases.RevokeAsync(two.Lease);
        await Assert.ThrowsAsync<SessionLostException>(() => waiting);
        await Assert.ThrowsAsync<SessionLostException>(() => two.Mutex(name).LockAsync());
        await Assert.ThrowsAsync<SessionLostException>(() => two.Mutex(name + "-free").TryLockAsync());

        await using EtcdSession three = await client.Coordination.OpenSessionAsync();
        waiting = three.Mutex(name).LockAsync();
        await one.DisposeAsync();
        Assert.True(first.Lost.IsCancellationRequested);
        await using EtcdLock second = await waiting;
        await first.DisposeAsync();
        Assert.True(await second.IsHeldAsync());
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_waiter_whose_key_was_deleted_does_not_believe_that_it_holds_the_lock(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession one = await client.Coordination.OpenSessionAsync();
        await using EtcdSession two = await client.Coordination.OpenSessionAsync();
        string name = $"deleted-{server}";
        EtcdLock held = await one.Mutex(name).LockAsync();
        Task<EtcdLock> waiting = two.Mutex(name).LockAsync();
        await Poll.UntilAsync(async () => (await KeysAsync(client, name)).Count == 2);
        await client.Keys.DeleteAsync($"{name}/{two.Lease:x}");
        await held.ReleaseAsync();
        await Assert.ThrowsAsync<SessionLostException>(() => waiting);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_session_that_is_resumed_has_what_it_had(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        EtcdSession before = await client.Coordination.OpenSessionAsync();
        string name = $"resumed-{server}";
        EtcdLock held = await before.Mutex(name).LockAsync();
        await before.DetachAsync();
        await using EtcdSession after = await client.Coordination.ResumeSessionAsync(before.Lease);
        await using EtcdLock? again = await after.Mutex(name).TryLockAsync();
        Assert.Equal((held.Key, held.FencingToken), (again!.Key, again.FencingToken));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Readers_share_and_writers_exclude(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession session = await client.Coordination.OpenSessionAsync();
        EtcdReaderWriterLock gate = session.ReaderWriterLock($"rw-{server}");
        EtcdLock firstReader = await gate.LockReadAsync();
        EtcdLock secondReader = await gate.LockReadAsync();
        Assert.Null(await gate.TryLockWriteAsync());
        Task<EtcdLock> writing = gate.LockWriteAsync();
        await Poll.UntilAsync(async () => (await KeysAsync(client, $"rw-{server}")).Count == 3);

        // A reader that comes behind a writer waits for it.
        Assert.Null(await gate.TryLockReadAsync());
        Task<EtcdLock> reading = gate.LockReadAsync();
        await Poll.UntilAsync(async () => (await KeysAsync(client, $"rw-{server}")).Count == 4);
        await firstReader.ReleaseAsync();
        await secondReader.ReleaseAsync();
        EtcdLock writer = await writing;
        Assert.False(reading.IsCompleted);
        await writer.ReleaseAsync();
        await using EtcdLock lastReader = await reading;
        Assert.True(lastReader.FencingToken > writer.FencingToken);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task As_many_as_there_are_permits_hold_one(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession one = await client.Coordination.OpenSessionAsync();
        await using EtcdSession two = await client.Coordination.OpenSessionAsync();
        string name = $"permits-{server}";
        int inside = 0;
        int most = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async n =>
        {
            await using EtcdLock permit = await (n % 2 == 0 ? one : two).Semaphore(name, 3).AcquireAsync();
            int now = Interlocked.Increment(ref inside);
            Assert.InRange(now, 1, 3);
            InterlockedMax(ref most, now);

            // There have to be two at a time once.
            await Poll.UntilAsync(() => Task.FromResult(Volatile.Read(ref most) > 1));
            await client.Keys.GetAsync(name);
            Interlocked.Decrement(ref inside);
        }));
        EtcdLock[] all = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => one.Semaphore(name, 3).AcquireAsync()))];
        Assert.Null(await two.Semaphore(name, 3).TryAcquireAsync());
        await all[1].ReleaseAsync();
        await using EtcdLock? free = await two.Semaphore(name, 3).TryAcquireAsync();
        Assert.NotNull(free);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (int seen = most; seen < now;)
        {
            int before = Interlocked.CompareExchange(ref most, now, seen);
            seen = before == seen ? now : before;
        }
    }

    private static async Task<List<string>> KeysAsync(EtcdClient client, string name) =>
        [.. (await client.Keys.RangeAsync(KeyRange.Prefix(name + "/"))).KeyValues.Select(static kv => kv.KeyText)];
}
