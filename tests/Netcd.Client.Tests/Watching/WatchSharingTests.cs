using Microsoft.Extensions.Time.Testing;
using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Metrics;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Watching;

/// <summary>Many watches on a stream: none is in another's way.</summary>
public sealed class WatchSharingTests
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_thousand_watches_share_a_stream_and_move_on_together(Server server)
    {
        const int Count = 1_000;
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        Recorder[] all = await Task.WhenAll(Enumerable.Range(0, Count).Select(n =>
            Recorder.StartAsync(client.Watches, KeyRange.Key($"{server}{n:00000}"))));
        Assert.Equal((1, Count), (await CountAsync(own.Process, "streams"), await CountAsync(own.Process, "watchers")));
        await own.Process.Channel.PutManyAsync(server.ToString(), Count);
        await Task.WhenAll(all.Select(static recorder => recorder.UntilAsync(static batches => batches.Count == 1)));
        own.Proxy.Reset();
        await own.Process.Channel.PutManyAsync(server.ToString(), Count);
        await Task.WhenAll(all.Select(static recorder => recorder.UntilAsync(static batches => batches.Count == 2)));
        for (int n = 0; n < Count; n++)
        {
            Assert.All(all[n].Events, change => Assert.Equal($"{server}{n:00000}", change.KeyValue.KeyText));
            await all[n].DisposeAsync();
        }

        await Poll.UntilAsync(async () => await CountAsync(own.Process, "watchers") == 0);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_watch_that_is_left_ends_at_the_server(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using Recorder other = await Recorder.StartAsync(client.Watches, KeyRange.Key("other"));
        await own.Process.Channel.PutAsync("k", "v");
        await foreach (WatchBatch batch in client.Watches.WatchAsync("k", new WatchOptions { StartRevision = 1 }))
        {
            Assert.Equal(2, await CountAsync(own.Process, "watchers"));
            break;
        }

        await Poll.UntilAsync(async () => await CountAsync(own.Process, "watchers") == 1);
        Assert.Equal(1, await CountAsync(own.Process, "streams"));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_slow_reader_stops_no_other_and_misses_nothing(Server server)
    {
        const int Size = 25_000;
        const int Rounds = 20;
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await using Recorder quick = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
        await using IAsyncEnumerator<WatchBatch> slow = client.Watches
            .WatchAsync(KeyRange.Prefix("k"), new WatchOptions { Created = true, BufferBytes = 600_000, PreviousValues = true })
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await slow.MoveNextAsync());
        long last = 0;
        for (int round = 0; round < Rounds; round++)
        {
            last = await own.Process.Channel.PutAllAsync("k", 10, (char)('a' + (round % 26)), Size);
        }

        // Five megabytes, and as much of what was before, are too much for what the slow one may keep: its watch is ended until it has
        // caught up.
        await quick.UntilAsync(last);
        await Poll.UntilAsync(async () => await CountAsync(own.Process, "watchers") == 1);
        Assert.Equal(1, await CountAsync(own.Process, "streams"));
        List<WatchBatch> taken = [];
        while (taken.Count < Rounds)
        {
            Assert.True(await slow.MoveNextAsync());
            taken.Add(slow.Current);
        }

        Assert.Equal(quick.Batches.Select(static batch => batch.Revision), taken.Select(static batch => batch.Revision));
        Assert.All(taken, static batch => Assert.Equal(10, batch.Events.Count));
        Assert.All(taken.Skip(1), static batch => Assert.All(batch.Events, static change => Assert.Equal(
            'a' + ((change.KeyValue.ValueText[0] - 'a' + 25) % 26), change.Previous!.ValueText[0])));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_reader_that_is_alone_gets_much_history_with_one_watch(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        long last = await WriteMuchAsync(own.Process);
        await using EtcdClient client = NewEndlesslyPatientClient(own);
        await using IAsyncEnumerator<WatchBatch> slow = await BeginSlowAsync(client);

        // The buffer is full, and there is more.
        await Poll.UntilAsync(async () => await CountAsync(own.Process, "messages sent") > 3);
        await ReadOnAsync(slow, last);
        Assert.Equal(1, await CountAsync(own.Process, "messages received"));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_stream_that_waits_for_its_only_reader_serves_a_watch_that_joins_it(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        long last = await WriteMuchAsync(own.Process);
        await using EtcdClient client = NewEndlesslyPatientClient(own);
        await using IAsyncEnumerator<WatchBatch> slow = await BeginSlowAsync(client);
        await Poll.UntilAsync(async () => await CountAsync(own.Process, "messages sent") > 3);
        await using Recorder other = await Recorder.StartAsync(client.Watches, KeyRange.Key("other"));
        await other.UntilAsync((await own.Process.Channel.PutAsync("other", "v")).Header.Revision);
        Assert.Equal(1, await CountAsync(own.Process, "streams"));
        await ReadOnAsync(slow, last);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_reader_that_is_alone_and_does_not_read_is_watched_for_no_longer_until_it_does(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        long last = await WriteMuchAsync(own.Process);
        await using EtcdClient client = own.NewClient();
        await using IAsyncEnumerator<WatchBatch> slow = await BeginSlowAsync(client);
        await Poll.UntilAsync(async () => await CountAsync(own.Process, "watchers") == 0);
        await ReadOnAsync(slow, last);
        await Poll.UntilAsync(async () => await CountAsync(own.Process, "watchers") == 1);
    }

    /// <summary>Writes four times what waits for a reader at the most, and puts so much into each revision that a server's message has
    /// few of them. Gives the last revision.</summary>
    private static async Task<long> WriteMuchAsync(ServerProcess server)
    {
        long last = 0;
        for (int round = 0; round < 64; round++)
        {
            last = await server.Channel.PutAllAsync("k", 10, (char)('A' + round), 25_000);
        }

        return last;
    }

    /// <summary>Its clock stands still: no wait is over before what it waits for has happened.</summary>
    private static EtcdClient NewEndlesslyPatientClient(OwnServer own) =>
        own.NewClient(static options => options with { TimeProvider = new FakeTimeProvider() });

    /// <summary>Begins a watch of all that was written, and reads no more of it than its first revision.</summary>
    private static async Task<IAsyncEnumerator<WatchBatch>> BeginSlowAsync(EtcdClient client)
    {
        IAsyncEnumerator<WatchBatch> slow = client.Watches
            .WatchAsync(KeyRange.Prefix("k"), new WatchOptions { StartRevision = 1 })
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await slow.MoveNextAsync());
        return slow;
    }

    /// <summary>Reads what was written, up to a revision: each one, and whole.</summary>
    private static async Task ReadOnAsync(IAsyncEnumerator<WatchBatch> slow, long last)
    {
        for (long revision = slow.Current.Revision + 1; revision <= last; revision++)
        {
            Assert.True(await slow.MoveNextAsync());
            Assert.Equal((revision, 10), (slow.Current.Revision, slow.Current.Events.Count));
        }
    }

    /// <summary>How many streams, watches or messages of watches the server has, by its metrics.</summary>
    private static async Task<int> CountAsync(ServerProcess server, string what)
    {
        const string Labels = """{grpc_method="Watch",grpc_service="etcdserverpb.Watch",grpc_type="bidi_stream"}""";
        (string family, string labels) = what switch
        {
            "streams" => ("etcd_debugging_mvcc_watch_stream_total", ""),
            "watchers" => ("etcd_debugging_mvcc_watcher_total", ""),
            "messages sent" => ("grpc_server_msg_sent_total", Labels),
            "messages received" => ("grpc_server_msg_received_total", Labels),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
        Scrape page = await Scrape.OfAsync(server);

        // A page without it would count as none.
        return (int)Assert.Single(page.Families[family].Series, series => series.Name == family + labels).Value;
    }
}
