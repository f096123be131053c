using Netcd.Client;
using Netcd.Client.Views;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;
using Netcd.ClientTests.Watching;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using KeyValue = Netcd.Client.KeyValue;

namespace Netcd.ClientTests.Views;

/// <summary>A view is what the store was at its revision.</summary>
public sealed class PrefixViewTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_view_shows_what_is_there_and_each_change(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string p = $"view-{server}/";
        await client.Keys.PutAsync(p + "a", "1");
        await client.Keys.PutAsync($"view-{server}", "beside it");
        await using PrefixView view = client.OpenView(p);
        List<string> changes = [];
        using IDisposable listening = view.OnChange(change =>
        {
            lock (changes)
            {
                changes.AddRange(change.Events.Select(static one =>
                    $"{one.Type} {one.KeyValue.KeyText[^1]} {one.Previous?.ValueText}>{one.KeyValue.ValueText}"));
            }
        });
        PrefixSnapshot first = await view.WaitReadyAsync();
        Assert.Equal(["1"], first.KeyValues.Select(static kv => kv.ValueText));
        await client.Keys.PutAsync(p + "c", "1");
        await client.Keys.PutAsync(p + "a", "2");
        await client.Keys.PutAsync(p + "b", "1");
        long deleted = (await client.Keys.DeleteAsync(KeyRange.Between(p + "b", p + "z"))).Header.Revision;
        PrefixSnapshot last = await view.WaitForAsync(deleted);
        Assert.Equal((deleted, 1, "2"), (last.Revision, last.Count, last.Find(p + "a")!.ValueText));
        Assert.Null(last.Find(p + "b"));
        Assert.Equal((1, "1"), (first.Count, first.Find(p + "a")!.ValueText));
        await Poll.UntilAsync(() => Task.FromResult(changes.Count == 5));
        Assert.Equal(["Put c >1", "Put a 1>2", "Put b >1", "Delete b 1>", "Delete c 1>"], changes);

        // A change elsewhere makes it say that it is as far.
        long elsewhere = (await client.Keys.PutAsync($"view-{server}", "again")).Header.Revision;
        Assert.True((await view.WaitForAsync(elsewhere)).Revision >= elsewhere);
        listening.Dispose();
        await view.WaitForAsync((await client.Keys.PutAsync(p + "d", "unheard")).Header.Revision);
        Assert.Equal(5, changes.Count);
        await view.DisposeAsync();
        await view.Completion;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => view.WaitForAsync(long.MaxValue));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_view_is_right_at_each_revision_whatever_happens_to_its_server(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using PrefixView view = client.OpenView("k");
        await view.WaitReadyAsync();
        List<PrefixChange> changes = [];
        using IDisposable listening = view.OnChange(changes.Add);
        await Writer.WriteAsync(() => own.Process.Channel, "k", 30, seed: 11);
        own.Proxy.Reset();
        long before = await Writer.WriteAsync(() => own.Process.Channel, "k", 30, seed: 12);
        await view.WaitForAsync(before);
        own.Proxy.Cut();
        long compacted = await Writer.WriteAsync(() => own.Process.Channel, "k", 30, seed: 13);
        await CheckAsync(own, changes);
        await own.Process.Channel.CompactAsync(compacted);
        own.Proxy.Heal();
        await view.WaitForAsync(compacted);
        Assert.True(changes[^1].IsRebuilt);
        int rebuilt = changes.Count - 1;
        await view.WaitForAsync(await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 14));
        await CheckAsync(own, changes.Skip(rebuilt));

        // What was told of the rebuilt one leads from the state before to the one after.
        Dictionary<string, long> state = changes[rebuilt - 1].Snapshot.KeyValues
            .ToDictionary(static kv => kv.KeyText, static kv => kv.ModRevision);
        foreach (WatchEvent change in changes[rebuilt].Events)
        {
            Assert.Equal(change.Previous?.ModRevision ?? 0, state.GetValueOrDefault(change.KeyValue.KeyText));
            _ = change.Type == WatchEventType.Delete
                ? state.Remove(change.KeyValue.KeyText)
                : (state[change.KeyValue.KeyText] = change.KeyValue.ModRevision) > 0;
        }

        Assert.Equal(
            changes[rebuilt].Snapshot.KeyValues.ToDictionary(static kv => kv.KeyText, static kv => kv.ModRevision),
            state.OrderBy(static pair => pair.Key, StringComparer.Ordinal).ToDictionary());
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Many_keys_are_read_in_pages_of_one_revision(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await servers.Of(server).Channel.PutManyAsync($"pages-{server}/", 2_500);
        await using PrefixView view = client.OpenView($"pages-{server}/");
        PrefixSnapshot all = await view.WaitReadyAsync();
        Assert.Equal(2_500, all.Count);
        string[] names = [.. all.KeyValues.Select(static kv => kv.KeyText)];
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public async Task A_view_waits_for_its_server_and_says_when_it_is_not_ready()
    {
        await using OwnServer own = await OwnServer.StartAsync(Server.Netcd);
        own.Proxy.Cut();
        await using EtcdClient client = own.NewClient(static options => options with { CallTimeout = TimeSpan.FromSeconds(1) });
        await using PrefixView view = client.OpenView("k");
        Assert.Throws<InvalidOperationException>(() => view.Current);
        Task<PrefixSnapshot> ready = view.WaitReadyAsync();
        own.Proxy.Heal();
        Assert.Equal(0, (await ready).Count);
    }

    private static async Task CheckAsync(OwnServer own, IEnumerable<PrefixChange> changes)
    {
        foreach (PrefixChange change in changes)
        {
            RangeResponse then = await new KV.KVClient(own.Process.Channel).RangeAsync(new RangeRequest
            {
                Key = Google.Protobuf.ByteString.CopyFromUtf8("k"),
                RangeEnd = Google.Protobuf.ByteString.CopyFromUtf8("l"),
                Revision = change.Snapshot.Revision,
            });
            Assert.Equal(
                then.Kvs.Select(static kv => (kv.Key.ToStringUtf8(), kv.Value.ToStringUtf8(), kv.ModRevision, kv.Version)),
                change.Snapshot.KeyValues.Select(static (KeyValue kv) => (kv.KeyText, kv.ValueText, kv.ModRevision, kv.Version)));
        }
    }
}
