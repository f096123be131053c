using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Namespaces;
using Netcd.Client.Transactions;
using Netcd.Client.Views;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;
using Netcd.ClientTests.Watching;

namespace Netcd.ClientTests.Namespaces;

/// <summary>Within a namespace there are no other keys, and no prefix.</summary>
public sealed class NamespaceTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Each_call_on_keys_stays_within(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string p = $"ns-{server}/";
        IKeyValues keys = client.Namespace(p).Keys;
        foreach (string beside in (string[])[$"ns-{server}", p, $"ns-{server}0", "zz-beside"])
        {
            await client.Keys.PutAsync(beside, "not within");
        }

        await keys.PutAsync("b", "1");
        Assert.Equal("1", (await client.Keys.GetAsync(p + "b")).KeyValue!.ValueText);
        Assert.Equal("b", (await keys.PutAsync("b", "2", new PutOptions { ReturnPrevious = true })).Previous!.KeyText);
        Assert.Equal(("b", "2"), await OneAsync(keys, "b"));
        Assert.Null((await keys.GetAsync(p + "b")).KeyValue);
        EtcdException refused = await Assert.ThrowsAsync<EtcdException>(() => keys.PutAsync("", "v"));
        Assert.Equal("etcdserver: key is not provided", refused.Message);
        foreach (string name in (string[])["a", "c", "d"])
        {
            await keys.PutAsync(name, name);
        }

        KeyRange[] ranges = [KeyRange.All, KeyRange.From("b"), KeyRange.Between("a", "c"), KeyRange.Prefix("d"), KeyRange.Prefix("")];
        string[] expected = ["abcd", "bcd", "ab", "d", "abcd"];
        for (int n = 0; n < ranges.Length; n++)
        {
            Assert.Equal(expected[n], Names((await keys.RangeAsync(ranges[n])).KeyValues));
            Assert.Equal(expected[n], Names(await keys.ScanAsync(ranges[n], new ScanOptions { PageSize = 2 }).ToListAsync()));
            Assert.Equal(expected[n], Names((await keys.PagesAsync(ranges[n]).ToListAsync()).SelectMany(static page => page.KeyValues)));
        }

        Transaction nested = Transaction.If(Condition.Exists("c"), Condition.Version(KeyRange.All, Comparison.Greater, 0))
            .Then(Operation.Put("e", "5"), Operation.Read(KeyRange.From("d")))
            .Then(Operation.Delete("c", new DeleteOptions { ReturnPrevious = true }));
        TransactionResult result = await keys.CommitAsync(
            Transaction.If(Condition.IsAbsent(p + "b")).Then(Operation.Nested(nested)).Else(Operation.Read("b")));
        Assert.True(result.Succeeded);
        IReadOnlyList<OperationResult> parts = result.Results[0].Transaction!.Results;
        Assert.Equal(("de", "c"), (Names(parts[1].Range!.KeyValues), Names(parts[2].Delete!.Previous)));
        Assert.Equal(2, (await keys.RunAsync(async transaction =>
        {
            transaction.Put("a", await transaction.GetTextAsync("b") + "!");
            return (await transaction.GetTextAsync("a"))!.Length;
        })).Value);
        Assert.Equal("2!", (await client.Keys.GetAsync(p + "a")).KeyValue!.ValueText);
        Assert.Equal("abde", Names((await keys.DeleteAsync(KeyRange.All, new DeleteOptions { ReturnPrevious = true })).Previous));
        Assert.Equal(
            [$"ns-{server}", p, $"ns-{server}0"],
            (await client.Keys.RangeAsync(KeyRange.Prefix($"ns-{server}"))).KeyValues.Select(static kv => kv.KeyText));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Watches_leases_views_and_locks_do_so_too(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string p = $"ns-more-{server}/inner/";
        EtcdNamespace inner = client.Namespace($"ns-more-{server}/").Namespace("inner/");
        Assert.Equal(p, System.Text.Encoding.UTF8.GetString(inner.Prefix.Span));
        await using Recorder all = await Recorder.StartAsync(inner.Watches, KeyRange.All, new WatchOptions { PreviousValues = true });
        await using PrefixView view = inner.OpenView("");
        await view.WaitReadyAsync();
        await using LeaseHandle lease = await inner.Leases.AcquireAsync(TimeSpan.FromSeconds(60));
        await client.Keys.PutAsync($"ns-more-{server}/beside", "v", new PutOptions { Lease = lease.Id });
        await inner.Keys.PutAsync("k", "1", new PutOptions { Lease = lease.Id });
        await inner.Keys.PutAsync("k", "2", new PutOptions { Lease = lease.Id });
        long deleted = (await inner.Keys.DeleteAsync("k")).Header.Revision;
        await all.UntilAsync(deleted);
        Assert.Equal(
            ["Put k 1 ", "Put k 2 k=1", "Delete k  k=2"],
            all.Events.Select(static change => $"{change.Type} {change.KeyValue.KeyText} {change.KeyValue.ValueText} "
                + (change.Previous is { } before ? $"{before.KeyText}={before.ValueText}" : "")));
        long put = (await inner.Keys.PutAsync("k", "3", new PutOptions { Lease = lease.Id })).Header.Revision;
        Assert.Equal("3", (await view.WaitForAsync(put)).Find("k")!.ValueText);
        LeaseStatus status = await inner.Leases.TimeToLiveAsync(lease.Id, withKeys: true);
        Assert.Equal(["k"], status.Keys.Select(static key => System.Text.Encoding.UTF8.GetString(key.Span)));

        await using EtcdSession within = await inner.Coordination.OpenSessionAsync();
        await using EtcdSession outside = await client.Coordination.OpenSessionAsync();
        await using EtcdLock held = await within.Mutex("lock").LockAsync();
        Assert.Equal($"lock/{within.Lease:x}", held.Key);
        Assert.Null(await outside.Mutex(p + "lock").TryLockAsync());
        await using EtcdLock? other = await outside.Mutex("lock-" + server).TryLockAsync();
        Assert.NotNull(other);
        Assert.True((await inner.Keys.CommitAsync(Transaction.If(held.IsStillHeld).Then(Operation.Put("data", "1")))).Succeeded);
        Assert.Throws<ArgumentException>(() => client.Namespace(""));
    }

    private static async Task<(string Key, string Value)> OneAsync(IKeyValues keys, string key)
    {
        KeyValue found = (await keys.GetAsync(key)).KeyValue!;
        return (found.KeyText, found.ValueText);
    }

    private static string Names(IEnumerable<KeyValue> found) => string.Concat(found.Select(static kv => kv.KeyText));
}
