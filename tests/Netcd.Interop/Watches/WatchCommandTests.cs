using System.Diagnostics;
using Google.Protobuf;
using Netcd.Interop.Etcdctl;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Watches;

/// <summary>etcdctl's watch says the same of netcd as of etcd.</summary>
public sealed class WatchCommandTests
{
    private const string Interval = "--experimental-watch-progress-notify-interval=300ms";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    /// <summary>A value that stands in the last event of each run.</summary>
    private const string Last = "the-last-value";

    [Theory]
    [InlineData("watch foo --rev=2")]
    [InlineData("watch foo --prefix --prev-kv --rev=2")]
    [InlineData("watch foo fop --rev=3")]
    [InlineData("watch foo --prefix --rev=4 --hex")]
    [InlineData("watch foo --rev=2 --prefix --prev-kv -w json")]
    [InlineData("watch foo --rev=2 --prefix -w fields")]
    [InlineData("watch foo --rev=2 --prefix -w protobuf")]
    [InlineData("watch foo --rev=2 --progress-notify")]
    [InlineData("watch foo --rev=2 -- env")]
    [InlineData("watch foo --rev=2 -- echo changed")]
    [InlineData("watch foo foz --prev-kv --rev=5 -- echo changed")]
    public async Task A_watch_of_what_was_and_what_comes_prints_what_it_prints_of_etcd(string line)
    {
        await using ServerPair pair = await ServerPair.StartAsync(Interval);
        LiveCommand[] watches = await Task.WhenAll(WatchAsync(pair.Etcd, line), WatchAsync(pair.Netcd, line));
        await using LiveCommand etcd = watches[0];
        await using LiveCommand netcd = watches[1];

        // The last event's value has come; what is printed behind it may take a moment more.
        Stopwatch waiting = Stopwatch.StartNew();
        while (Printed(etcd, pair.Etcd, pair) != Printed(netcd, pair.Netcd, pair) && waiting.Elapsed < Settling)
        {
            await Task.Delay(10);
        }

        Assert.Equal(Printed(etcd, pair.Etcd, pair), Printed(netcd, pair.Netcd, pair));
    }

    [Fact]
    public async Task An_interactive_session_prints_what_it_prints_of_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync(Interval);
        string[] printed = await Task.WhenAll(SessionAsync(pair.Etcd), SessionAsync(pair.Netcd));
        Assert.Equal(printed[0], printed[1]);
        Assert.Contains("progress notify", printed[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_from_a_compacted_revision_ends_as_with_etcd()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        foreach (string value in (string[])["1", "2", "3", "4"])
        {
            await pair.RunAsync("put foo " + value);
        }

        await pair.RunAsync("compaction 4");
        await pair.RunAsync("watch foo --rev=2");
        await pair.RunAsync("watch foo --rev=3 -w json");
        await pair.RunAsync("watch z a");
        await pair.RunAsync("watch");
        await pair.RunAsync("watch foo --rev=nonsense");
        pair.AssertEqual();
    }

    private static async Task<LiveCommand> WatchAsync(ServerProcess server, string line)
    {
        await WriteAsync(server);
        LiveCommand watch = LiveCommand.Start(
            await EtcdPrograms.EtcdctlAsync(), ["--endpoints", server.Endpoint, .. line.Split(' ')]);
        try
        {
            await watch.UntilAsync(static text => text.Contains("third", StringComparison.Ordinal)
                || text.Contains(@"\x74\x68\x69\x72\x64", StringComparison.Ordinal)
                || text.Contains("dGhpcmQ", StringComparison.Ordinal));
            KV.KVClient kv = new(server.Channel);
            await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("foo"), Value = ByteString.CopyFromUtf8(Last) });
            await watch.UntilAsync(
                static text => text.Contains(Last, StringComparison.Ordinal) || text.Contains(@"\x74\x68\x65", StringComparison.Ordinal)
                || text.Contains("dGhlLWxhc3QtdmFsdWU", StringComparison.Ordinal));
            if (line.Contains("--progress-notify", StringComparison.Ordinal))
            {
                await watch.UntilAsync(static text => text.Contains("progress notify", StringComparison.Ordinal));
            }

            return watch;
        }
        catch
        {
            await watch.DisposeAsync();
            throw;
        }
    }

    private static string Printed(LiveCommand watch, ServerProcess server, ServerPair pair) => Lines(watch.Output, server, pair);

    /// <summary>What a command sees of its environment holds more than the watch's variables; lines that a notification repeats count
    /// once.</summary>
    private static string Lines(string text, ServerProcess server, ServerPair pair)
    {
        IEnumerable<string> lines = ExpectedDifferences.WithoutIdentity(text, server.Endpoint, pair.Folder).Split('\n');
        if (text.Contains("ETCD_WATCH", StringComparison.Ordinal))
        {
            lines = lines.Where(
                static line => !line.Contains('=', StringComparison.Ordinal) || line.StartsWith("ETCD_WATCH", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal);
        }

        if (text.Contains("progress notify", StringComparison.Ordinal))
        {
            lines = lines.Distinct();
        }

        return string.Join('\n', lines);
    }

    private static async Task<string> SessionAsync(ServerProcess server)
    {
        await WriteAsync(server);
        await using LiveCommand watch = LiveCommand.Start(
            await EtcdPrograms.EtcdctlAsync(), ["--endpoints", server.Endpoint, "watch", "-i"]);
        await watch.TellAsync("watch foo --rev=2");
        await watch.UntilAsync(static text => text.Contains("third", StringComparison.Ordinal));
        await watch.TellAsync("watch foo2 --rev=2 --prefix");
        await watch.UntilAsync(static text => text.Contains("other", StringComparison.Ordinal));
        KV.KVClient kv = new(server.Channel);
        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("foo"), Value = ByteString.CopyFromUtf8(Last) });
        await watch.UntilAsync(static text => text.Contains(Last, StringComparison.Ordinal));
        await watch.TellAsync("progress");
        await watch.UntilAsync(static text => text.Contains("progress notify", StringComparison.Ordinal));
        return string.Join('\n', watch.Output.Split('\n').Distinct());
    }

    private static async Task WriteAsync(ServerProcess server)
    {
        KV.KVClient kv = new(server.Channel);
        await PutAsync("foo", "first");
        await PutAsync("foo2", "other");
        await PutAsync("foo", "second");
        await kv.DeleteRangeAsync(
            new DeleteRangeRequest { Key = ByteString.CopyFromUtf8("foo"), RangeEnd = ByteString.CopyFromUtf8("foo1") });
        await PutAsync("unseen", "unseen");
        await PutAsync("foo", "third");

        async Task PutAsync(string key, string value) =>
            await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) });
    }
}
