using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Interop.Streams;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Hardening;

/// <summary>What clients send in floods, or do not read, holds up neither the members nor the other clients (H2, H3, M1, M2, M3,
/// M8).</summary>
public sealed class PortsFloodTests(FilledServer filled) : IClassFixture<FilledServer>
{
    private const byte EndOfStream = 1;
    private static readonly byte[] Cancelled = [0, 0, 0, 8];
    private static readonly TimeSpan FloodTime = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task H2_streams_that_are_opened_and_reset_move_no_leader()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, ProcessCluster.SlowElections);
        ClusterMember leader = await cluster.LeaderAsync();
        ulong term = (await ProcessCluster.SureStatusAsync(leader)).RaftTerm;
        using CancellationTokenSource stop = new(FloodTime);
        Task[] floods = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => FloodAsync(leader.ClientPort, stop.Token)))];
        KV.KVClient kv = new(leader.Channel);
        TimeSpan longest = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            long begun = Stopwatch.GetTimestamp();
            await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("flooded") }, deadline: DateTime.UtcNow.AddSeconds(20));
            longest = longest < Stopwatch.GetElapsedTime(begun) ? Stopwatch.GetElapsedTime(begun) : longest;
            await Task.Delay(20);
        }

        await Task.WhenAll(floods);
        StatusResponse after = await ProcessCluster.SureStatusAsync(leader);
        Assert.Equal((term, after.Header.MemberId), (after.RaftTerm, after.Leader));
        Assert.True(longest < TimeSpan.FromSeconds(5), $"a put took {longest}");
    }

    [Fact]
    public async Task H2_twenty_thousand_watches_of_one_connection_are_served_and_may_end_at_once()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await using RawHttp2 client = await RawHttp2.ConnectAsync(netcd.Port);
        byte[] create = Transport.RawCall.Frame(
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("watched") } });
        byte[] headers = RawHttp2.HeadersOf("/etcdserverpb.Watch/Watch");
        List<int> streams = [];
        for (int part = 0; part < 20; part++)
        {
            List<byte> bytes = [];
            for (int n = 0; n < 1_000; n++)
            {
                int stream = client.Open(bytes, headers);
                bytes.AddRange(RawHttp2.Frame(RawHttp2.Data, 0, stream, create));
                streams.Add(stream);
            }

            await client.SendAsync(bytes.ToArray());
        }

        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) == 20_000));
        await new KV.KVClient(netcd.Channel).PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("watched") });
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) == 40_000));

        // They have been open for a while: ending them all is nothing that is to be slowed down.
        await Task.Delay(TimeSpan.FromSeconds(2));
        await client.SendAsync(streams.SelectMany(static stream => RawHttp2.Frame(RawHttp2.Reset, 0, stream, Cancelled)).ToArray());
        List<byte> last = [];
        int late = client.Open(last, headers);
        last.AddRange(RawHttp2.Frame(RawHttp2.Data, 0, late, create));
        long begun = Stopwatch.GetTimestamp();
        await client.SendAsync(last.ToArray());
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) == 40_001));
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(5), $"a watch took {Stopwatch.GetElapsedTime(begun)}");
        Assert.False(client.IsClosed);
    }

    [Fact]
    public async Task H3_readers_of_snapshots_that_read_nothing_hold_no_threads_and_delay_no_writes()
    {
        int threads = ProcessLook.Threads(filled.Server.Id);
        await using RawHttp2 client = await RawHttp2.ConnectAsync(filled.Server.Port, takesAnswers: false);
        await client.SendAsync(Calls(client, 100, "/etcdserverpb.Maintenance/Snapshot", new SnapshotRequest()));
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Headers) >= 1));
        await AssertQuickAsync();
        Assert.InRange(ProcessLook.Threads(filled.Server.Id), 1, threads + 30);
    }

    [Fact]
    public async Task M1_sums_delay_nobody_and_end_with_their_calls()
    {
        await using (RawHttp2 client = await RawHttp2.ConnectAsync(filled.Server.Port))
        {
            // More than may wait: the rest is refused.
            await client.SendAsync(Calls(client, 400, "/etcdserverpb.Maintenance/HashKV", new HashKVRequest()));
            await AssertQuickAsync();
        }

        // All of them would take much longer than it may take until they have ended.
        TimeSpan used = TimeSpan.MaxValue;
        for (int second = 0; used > TimeSpan.FromSeconds(0.5); second++)
        {
            Assert.True(second < 5, "sums go on that nobody waits for");
            TimeSpan begun = ProcessLook.ProcessorTime(filled.Server.Id);
            await Task.Delay(1_000);
            used = ProcessLook.ProcessorTime(filled.Server.Id) - begun;
        }
    }

    [Fact]
    public async Task M2_large_answers_that_nobody_reads_are_not_in_memory()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        KV.KVClient kv = new(netcd.Channel);
        for (int n = 0; n < 40; n++)
        {
            await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8($"s{n}"), Value = ByteString.CopyFrom(new byte[1 << 20]) });
        }

        long before = ProcessLook.AnonymousBytes(netcd.Id);
        await using RawHttp2 client = await RawHttp2.ConnectAsync(netcd.Port, takesAnswers: false);
        await client.SendAsync(Calls(client, 20, "/etcdserverpb.KV/Range", FilledServer.All));
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Headers) >= 1 && client.DataBytes > 0));
        await Task.Delay(500);
        long grown = ProcessLook.AnonymousBytes(netcd.Id) - before;
        Assert.True(grown < 200 << 20, $"800 MB of answers take {grown >> 20} MB");

        // One that is read comes whole beside them.
        Assert.Equal(40, (await kv.RangeAsync(FilledServer.All)).Kvs.Count);
    }

    [Fact]
    public async Task M3_an_answer_that_no_message_can_hold_is_refused_as_by_etcd()
    {
        TxnRequest request = new();
        for (int n = 0; n < 60; n++)
        {
            request.Success.Add(new RequestOp { RequestRange = FilledServer.All });
        }

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await filled.Kv.TxnAsync(request));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Matches(@"^grpc: trying to send message larger than max \(\d+ vs\. 2147483647\)$", refused.Status.Detail);
    }

    [Fact]
    public async Task M6_a_unary_call_whose_message_stops_halfway_is_ended_and_its_connection_goes_on()
    {
        await using RawHttp2 client = await RawHttp2.ConnectAsync(filled.Server.Port);
        List<byte> half = [];
        int stream = client.Open(half, RawHttp2.HeadersOf("/etcdserverpb.KV/Put"));
        half.AddRange(RawHttp2.Frame(RawHttp2.Data, 0, stream, [0, 0, 0, 0, 100, 1]));
        int watch = client.Open(half, RawHttp2.HeadersOf("/etcdserverpb.Watch/Watch"));
        byte[] create = Transport.RawCall.Frame(
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("m6") } });
        half.AddRange(RawHttp2.Frame(RawHttp2.Data, 0, watch, create.AsSpan(0, 4)));
        await client.SendAsync(half.ToArray());
        long begun = Stopwatch.GetTimestamp();
        while (client.Count(RawHttp2.Reset) == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(45), "it stays");
            await Task.Delay(50);
        }

        // The stream of requests that was as slow goes on.
        await client.SendAsync(RawHttp2.Frame(RawHttp2.Data, 0, watch, create.AsSpan(4)));
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) == 1));
        Assert.Equal(1, client.Count(RawHttp2.Reset));
    }

    [Fact]
    public async Task M8_headers_that_thousands_of_calls_repeat_are_held_up_to_a_bound()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        long before = ProcessLook.AnonymousBytes(netcd.Id);
        await using RawHttp2 client = await RawHttp2.ConnectAsync(netcd.Port);
        byte[] plain = RawHttp2.HeadersOf("/etcdserverpb.Watch/Watch");
        for (int part = 0; part < 10; part++)
        {
            List<byte> calls = [];
            for (int n = 0; n < 1_000; n++)
            {
                // A header of almost the table's size is sent once, and referred to from then on.
                byte[] repeated = part == 0 && n == 0
                    ? [.. plain, 0x40, .. RawHttp2.Text("x-large"), .. RawHttp2.Text(new string('h', 4_000))]
                    : [.. plain, 0xbe, 0xbe, 0xbe, 0xbe, 0xbe, 0xbe, 0xbe];
                client.Open(calls, repeated);
            }

            await client.SendAsync(calls.ToArray());
        }

        byte[] ping = RawHttp2.Frame(RawHttp2.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
        await client.SendAsync(ping);
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Ping) > 0));
        await Task.Delay(500);
        long grown = ProcessLook.AnonymousBytes(netcd.Id) - before;
        Assert.True(grown < 400 << 20, $"10,000 calls take {grown >> 20} MB");
    }

    /// <summary>Calls of one message each.</summary>
    private static byte[] Calls(RawHttp2 client, int count, string path, IMessage request)
    {
        List<byte> calls = [];
        byte[] message = Transport.RawCall.Frame(request);
        for (int n = 0; n < count; n++)
        {
            int stream = client.Open(calls, RawHttp2.HeadersOf(path));
            calls.AddRange(RawHttp2.Frame(RawHttp2.Data, EndOfStream, stream, message));
        }

        return [.. calls];
    }

    private static async Task FloodAsync(int port, CancellationToken stop)
    {
        await using RawHttp2 client = await RawHttp2.ConnectAsync(port);
        byte[] headers = RawHttp2.HeadersOf("/etcdserverpb.KV/Range");
        try
        {
            while (!stop.IsCancellationRequested)
            {
                List<byte> flood = [];
                for (int n = 0; n < 200; n++)
                {
                    int stream = client.Open(flood, headers);
                    flood.AddRange(RawHttp2.Frame(RawHttp2.Reset, 0, stream, Cancelled));
                }

                await client.SendAsync(flood.ToArray()).WaitAsync(stop);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // The time is over, or the server has had enough.
        }
    }

    private async Task AssertQuickAsync()
    {
        // One that is slow may be the machine's fault; what holds up writes holds up more than two.
        List<TimeSpan> slow = [];
        for (int n = 0; n < 20; n++)
        {
            long begun = Stopwatch.GetTimestamp();
            await filled.Kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("quick") }, deadline: DateTime.UtcNow.AddSeconds(20));
            if (Stopwatch.GetElapsedTime(begun) is var took && took > TimeSpan.FromSeconds(2))
            {
                slow.Add(took);
            }
        }

        Assert.True(slow.Count < 3, $"puts took {string.Join(", ", slow)}");
    }
}
