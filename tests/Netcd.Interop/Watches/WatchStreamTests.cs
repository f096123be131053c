using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Watches;

/// <summary>What becomes of watch streams when readers stop, servers stop and leaders are lost.</summary>
public sealed class WatchStreamTests
{
    private const int ValueBytes = 100_000;
    private const int Writes = 1_500;
    private static readonly TimeSpan ElectionTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_reader_that_stops_costs_little_and_delays_nobody_and_misses_nothing_when_it_goes_on()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.Path);
        WatchRequest create = new() { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("big"), PrevKv = true } };
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> stopped = new Watch.WatchClient(server.Channel).Watch();
        await stopped.RequestStream.WriteAsync(create);
        Assert.True(await stopped.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        using WatchClient healthy = new(server.Channel);
        await healthy.CreateAsync(
            new WatchCreateRequest { Key = ByteString.CopyFromUtf8("big"), Filters = { WatchCreateRequest.Types.FilterType.Noput } });
        await healthy.CreateAsync(new WatchCreateRequest { Key = ByteString.CopyFromUtf8("small") });

        KV.KVClient kv = new(server.Channel);
        ByteString value = ByteString.CopyFrom(new byte[ValueBytes]);
        for (int n = 0; n < Writes; n++)
        {
            await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("big"), Value = value });
        }

        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("small") });
        await healthy.UntilToldAsync(1, 1);
        Assert.True(
            await QueuedAsync(server) <= 8 << 20, "more waits for a client that does not read than is allowed");

        long last = 1;
        while (last < Writes + 1)
        {
            Assert.True(await stopped.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
            foreach (Event told in stopped.ResponseStream.Current.Events)
            {
                Assert.Equal(++last, told.Kv.ModRevision);
                Assert.Equal(ValueBytes, told.Kv.Value.Length);
                Assert.Equal(last == 2, told.PrevKv is null);
            }
        }
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_watches_so_that_clients_go_elsewhere()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.Path);
        using WatchClient client = new(server.Channel);
        await client.CreateAsync(new WatchCreateRequest { Key = ByteString.CopyFromUtf8("foo") });
        Task<Status> ended = client.EndedAsync();
        await server.TerminateAsync();
        Status status = await ended;
        Assert.True(status.StatusCode == StatusCode.Unavailable, status.ToString());
    }

    [Fact]
    public async Task A_watch_that_requires_a_leader_ends_without_one_and_any_other_stays()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember survivor = await cluster.FollowerAsync();
        using WatchClient strict = new(survivor.Channel, new Grpc.Core.Metadata { { "hasleader", "true" } });
        using WatchClient other = new(survivor.Channel);
        WatchCreateRequest request = new() { Key = ByteString.CopyFromUtf8("foo") };
        await strict.CreateAsync(request);
        await other.CreateAsync(request);
        foreach (ClusterMember member in cluster.Members.Where(member => member != survivor))
        {
            await member.KillAsync();
        }

        Assert.Equal(new Status(StatusCode.Unavailable, "etcdserver: no leader"), await strict.EndedAsync());
        using WatchClient late = new(survivor.Channel, new Grpc.Core.Metadata { { "hasleader", "true" } });
        Assert.Equal(new Status(StatusCode.Unavailable, "etcdserver: no leader"), await late.EndedAsync());
        await other.CreateAsync(request);
    }

    [Fact]
    public async Task A_follower_that_installs_a_snapshot_goes_on_with_its_watches_without_a_gap()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, "--snapshot-count=50", "--snapshot-catchup-entries=5");
        ClusterMember cut = await cluster.FollowerAsync();
        using WatchClient client = new(cut.Channel);
        WatchResponse created = await client.CreateAsync(
            new WatchCreateRequest { Key = ByteString.CopyFromUtf8("\0"), RangeEnd = ByteString.CopyFromUtf8("\0") });
        string id = await cluster.HexIdOfAsync(cut);
        cut.Proxy.CutAll();
        foreach (ClusterMember other in cluster.Members.Where(other => other != cut))
        {
            other.Proxy.Cut(id);
        }

        ClusterMember leader = await cluster.LeaderAsync();
        int writes = await WriteUntilForgottenAsync(leader);
        foreach (ClusterMember member in cluster.Members)
        {
            member.Proxy.Heal();
        }

        await client.UntilToldAsync(0, writes);
        // What a process has told may come behind what its clients are told.
        foreach (string message in (string[])
            ["saved a received snapshot", "applySnapshot: opened snapshot backend", "\"msg\":\"applied snapshot\""])
        {
            await Poll.UntilAsync(() => Task.FromResult(cut.Log.Contains(message, StringComparison.Ordinal)));
        }

        Assert.Equal(
            Enumerable.Range(1, writes).Select(n => created.Header.Revision + n),
            client.Events(0).Select(static told => told.Kv.ModRevision));
    }

    /// <summary>
    /// Writes until the leader has let go of the log that a member which is cut off needs. It keeps it for one that answers, and takes
    /// a member to do so until an election timeout has passed without a word.
    /// </summary>
    private static async Task<int> WriteUntilForgottenAsync(ClusterMember leader)
    {
        int writes = 0;
        Task WriteAsync(int count) => leader.Channel.PutManyAsync($"many/{writes += count}/", count);
        int Snapshots() => leader.Log.Split("\"msg\":\"saved snapshot\"").Length;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < 3 * ElectionTimeout;)
        {
            await WriteAsync(1);
        }

        // The log is let go of while a snapshot is being saved: the second one tells.
        long begun = Stopwatch.GetTimestamp();
        for (int enough = Snapshots() + 2; Snapshots() < enough;)
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < Deadline, "the leader takes no snapshots");
            await WriteAsync(50);
        }

        return writes;
    }

    private static async Task<long> QueuedAsync(ServerProcess server)
    {
        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://{server.Endpoint}/metrics"));
        string line = page.Split('\n').Single(static line => line.StartsWith("netcd_watch_queue_bytes ", StringComparison.Ordinal));
        return (long)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
