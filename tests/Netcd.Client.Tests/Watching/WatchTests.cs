using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Watching;

/// <summary>What watches report, where nothing fails.</summary>
public sealed class WatchTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Each_kind_of_range_reports_its_keys_and_no_others(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string p = $"ranges-{server}/";
        await using Recorder key = await Recorder.StartAsync(client.Watches, KeyRange.Key(p + "b"));
        await using Recorder prefix = await Recorder.StartAsync(client.Watches, KeyRange.Prefix(p + "b"));
        await using Recorder between = await Recorder.StartAsync(client.Watches, KeyRange.Between(p + "a", p + "b"));
        await using Recorder from = await Recorder.StartAsync(client.Watches, KeyRange.From(p + "bb"));
        foreach (string name in (string[])["a", "aa", "b", "ba", "bb", "c"])
        {
            await client.Keys.PutAsync(p + name, name);
        }

        await client.Keys.PutAsync(p + "b", "again");
        long end = (await client.Keys.PutAsync(p + "bz", "end")).Header.Revision;
        await prefix.UntilAsync(end);
        await from.UntilAsync(end);
        Assert.Equal(["b", "again"], key.Events.Select(static change => change.KeyValue.ValueText));
        Assert.Equal(["b", "ba", "bb", "again", "end"], prefix.Events.Select(static change => change.KeyValue.ValueText));
        Assert.Equal(["a", "aa"], between.Events.Select(static change => change.KeyValue.ValueText));
        Assert.Equal(
            ["bb", "c", "end"],
            from.Events.Where(change => change.KeyValue.KeyText.StartsWith(p, StringComparison.Ordinal))
                .Select(static change => change.KeyValue.ValueText));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Puts_deletions_and_what_was_before_are_told_as_asked(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"kinds-{server}";
        await using Recorder all = await Recorder.StartAsync(
            client.Watches, KeyRange.Key(key), new WatchOptions { PreviousValues = true });
        await using Recorder puts = await Recorder.StartAsync(client.Watches, KeyRange.Key(key), new WatchOptions { SkipDeletes = true });
        await using Recorder deletions = await Recorder.StartAsync(client.Watches, KeyRange.Key(key), new WatchOptions { SkipPuts = true });
        await client.Keys.PutAsync(key, "one");
        await client.Keys.PutAsync(key, "two");
        await servers.Of(server).Channel.DeleteAsync(key);
        long lastPut = (await client.Keys.PutAsync(key, "three")).Header.Revision;
        long end = await servers.Of(server).Channel.DeleteAsync(key);
        await all.UntilAsync(end);
        await deletions.UntilAsync(end);
        Assert.Equal(
            [
                "Put one (True) was ", "Put two (False) was one", "Delete  (False) was two", "Put three (True) was ",
                "Delete  (False) was three",
            ],
            all.Events.Select(static change =>
                $"{change.Type} {change.KeyValue.ValueText} ({change.IsCreate}) was {change.Previous?.ValueText}"));
        await puts.UntilAsync(lastPut);
        Assert.Equal(["one", "two", "three"], puts.Events.Select(static change => change.KeyValue.ValueText));
        Assert.Equal([WatchEventType.Delete, WatchEventType.Delete], deletions.Events.Select(static change => change.Type));
        Assert.All(puts.Events, static change => Assert.Null(change.Previous));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_revision_comes_whole_also_where_the_server_has_to_split_it(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string p = $"large-{server}/";
        await servers.Of(server).Channel.PutAllAsync(p, 12, 'a', 100_000);
        await using Recorder recorder = await Recorder.StartAsync(
            client.Watches, KeyRange.Prefix(p), new WatchOptions { PreviousValues = true });

        // With what was before it is more than a message may have.
        long revision = await servers.Of(server).Channel.PutAllAsync(p, 12, 'b', 100_000);
        await recorder.UntilAsync(revision);
        WatchBatch batch = Assert.Single(recorder.Batches);
        Assert.Equal(Enumerable.Range(0, 12).Select(n => $"{p}{n:00}"), batch.Events.Select(static change => change.KeyValue.KeyText));
        Assert.All(batch.Events, static change => Assert.Equal(
            (100_000, 'b', 100_000, 'a'),
            (change.KeyValue.Value.Length, change.KeyValue.ValueText[0], change.Previous!.Value.Length, change.Previous.ValueText[0])));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_watch_begins_at_the_revision_asked_for_in_the_past_or_the_future(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"start-{server}";
        long first = (await client.Keys.PutAsync(key, "1")).Header.Revision;
        await client.Keys.PutAsync(key, "2");
        await using Recorder past = await Recorder.StartAsync(
            client.Watches, KeyRange.Key(key), new WatchOptions { StartRevision = first });
        Assert.Equal(first - 1, past.Since);
        await past.UntilAsync(all => all.Count == 2);

        long start = past.Batches[1].Header.Revision + 1_000_000;
        await using Recorder future = await Recorder.StartAsync(
            client.Watches, KeyRange.Key(key), new WatchOptions { StartRevision = start });
        Assert.Equal(start - 1, future.Since);
        long third = (await client.Keys.PutAsync(key, "3")).Header.Revision;
        await past.UntilAsync(third);
        Assert.Equal(["1", "2", "3"], past.Events.Select(static change => change.KeyValue.ValueText));
        Assert.Empty(future.Batches);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Progress_is_told_to_those_who_asked_for_it(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"progress-{server}";
        await using Recorder asking = await Recorder.StartAsync(client.Watches, KeyRange.Key(key), new WatchOptions { Progress = true });
        await using Recorder silent = await Recorder.StartAsync(client.Watches, KeyRange.Key(key));
        await using Recorder leader = await Recorder.StartAsync(
            client.Watches, KeyRange.Key(key), new WatchOptions { Progress = true, RequireLeader = true });
        long revision = (await client.Keys.PutAsync(key, "1")).Header.Revision;
        await client.Watches.RequestProgressAsync(TestContext.Current.CancellationToken);
        await asking.UntilAsync(all => all.Any(batch => batch.Kind == WatchBatchKind.Progress && batch.Revision >= revision));
        await leader.UntilAsync(all => all.Any(batch => batch.Kind == WatchBatchKind.Progress && batch.Revision >= revision));
        Assert.Equal(WatchBatchKind.Events, asking.Batches[0].Kind);
        await silent.UntilAsync(revision);
        Assert.Single(silent.Batches);
    }

    [Fact]
    public async Task A_watch_that_makes_no_sense_is_refused_at_once()
    {
        await using EtcdClient client = servers.ClientOf(Server.Netcd);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Watches.WatchAsync("k", new WatchOptions { StartRevision = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Watches.WatchAsync("k", new WatchOptions { BufferBytes = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Watches.WatchAsync("k", new WatchOptions { GiveUpAfter = TimeSpan.Zero }));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task An_empty_range_is_refused_by_the_server_and_others_go_on(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"beside-{server}";
        await using Recorder beside = await Recorder.StartAsync(client.Watches, KeyRange.Key(key));
        EtcdException refused = await Assert.ThrowsAsync<EtcdException>(
            () => Recorder.StartAsync(client.Watches, KeyRange.Between("b", "a")));
        Assert.Equal("mvcc: watcher range is empty", refused.Message);
        await beside.UntilAsync((await client.Keys.PutAsync(key, "v")).Header.Revision);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_client_that_is_disposed_ends_its_watches_with_an_exception(Server server)
    {
        EtcdClient client = servers.ClientOf(server);
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Key($"gone-{server}"));
        await client.DisposeAsync();
        await recorder.FailedAsync<ObjectDisposedException>();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Recorder.StartAsync(client.Watches, KeyRange.Key("later")));
        await client.DisposeAsync();
    }
}
