using System.Globalization;
using System.Text.RegularExpressions;
using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Watching;

/// <summary>Many watches on a stream: none is in another's way.</summary>
public sealed partial class WatchSharingTests
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

    /// <summary>How many streams or watches the server has, by its metrics.</summary>
    private static async Task<int> CountAsync(ServerProcess server, string what)
    {
        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://{server.Endpoint}/metrics"), TestContext.Current.CancellationToken);
        Match match = (what == "streams" ? Streams() : Watchers()).Match(page);
        return int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^etcd_debugging_mvcc_watch_stream_total (\d+)", RegexOptions.Multiline)]
    private static partial Regex Streams();

    [GeneratedRegex(@"^etcd_debugging_mvcc_watcher_total (\d+)", RegexOptions.Multiline)]
    private static partial Regex Watchers();
}
