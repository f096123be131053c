using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Connecting;

public sealed class FailoverTests
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Reads_go_on_while_members_are_killed_or_frozen_and_no_write_is_made_twice(Server server)
    {
        await using ProcessCluster cluster = await StartAsync(server);
        await using EtcdClient client = ClientOf(cluster);
        string key = $"counter-of-{server}";
        await client.Keys.PutAsync(key, "first");
        using CancellationTokenSource stop = new();
        Writes writes = new();
        Task writers = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WriteAsync(client, key, writes, stop.Token)));
        ClusterMember leader = await cluster.LeaderAsync();
        leader.Pause();
        await ReadSomeAsync(client, key);
        leader.Resume();
        await ReadSomeAsync(client, key);
        ClusterMember next = await cluster.LeaderAsync();
        await next.KillAsync();
        await ReadSomeAsync(client, key);
        await cluster.RestartAsync(next);
        ClusterMember follower = await cluster.FollowerAsync();
        await follower.KillAsync();
        await ReadSomeAsync(client, key);
        int before = writes.Made;
        await Poll.UntilAsync(() => Task.FromResult(writes.Made > before + 20));
        await stop.CancelAsync();
        await writers;
        long version = (await client.Keys.GetAsync(key)).KeyValue!.Version;
        Assert.InRange(version, 1 + writes.Made, 1 + writes.Made + writes.Unknown);

        // One endpoint is enough to find the others.
        ClusterMember alive = cluster.Members.First(member => member != follower);
        await using EtcdClient other = new(alive.Endpoint);
        IReadOnlyList<string> all = await other.Cluster.RefreshEndpointsAsync();
        Assert.Equal(cluster.Members.Select(static member => $"http://{member.Endpoint}").Order(), all.Order());
        Assert.Equal(2, (await AnswerersAsync(other, new GetOptions { Serializable = true })).Count);
        await cluster.RestartAsync(follower);
        ClusterMember now = await cluster.LeaderAsync();
        ulong target = await cluster.IdOfAsync(cluster.Members.First(member => member != now));
        await Poll.UntilAsync(async () =>
        {
            try
            {
                await other.Maintenance.MoveLeaderAsync(now.Endpoint, target);
                return true;
            }
            catch (EtcdException)
            {
                return false;
            }
        });
        await Poll.UntilAsync(async () => (await other.Maintenance.StatusAsync(alive.Endpoint)).Leader == target);
    }

    [Fact]
    public async Task A_frozen_member_costs_one_call_the_time_of_a_ping_and_is_called_again_when_it_answers()
    {
        await using ProcessCluster cluster = await StartAsync(Server.Netcd);
        await using EtcdClient client = ClientOf(cluster);
        ClusterMember frozen = await cluster.FollowerAsync();
        ulong id = await cluster.IdOfAsync(frozen);
        GetOptions own = new() { Serializable = true };
        Assert.Contains(id, await AnswerersAsync(client, own));
        frozen.Pause();

        // In turn, every third call would be its and take the time of a ping. A slow one or two more are the machine's.
        HashSet<ulong> others = [];
        int slow = 0;
        for (int n = 0; n < 30; n++)
        {
            long start = Stopwatch.GetTimestamp();
            others.Add((await client.Keys.GetAsync("a", own)).Header.MemberId);
            slow += Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(1) ? 1 : 0;
        }

        Assert.InRange(slow, 0, 4);
        Assert.DoesNotContain(id, others);
        Assert.Equal(2, others.Count);
        frozen.Resume();
        await Poll.UntilAsync(async () => (await AnswerersAsync(client, own)).Contains(id));
    }

    private static async Task<ProcessCluster> StartAsync(Server server)
    {
        string program = server == Server.Netcd ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync();
        return await ProcessCluster.StartAsync([program, program, program]);
    }

    private static EtcdClient ClientOf(ProcessCluster cluster) => new(new EtcdClientOptions
    {
        Endpoints = [.. cluster.Members.Select(static member => member.Endpoint)],
        KeepAliveTime = TimeSpan.FromSeconds(1),
        KeepAliveTimeout = TimeSpan.FromSeconds(1),
        MaxRetries = 1000,
    });

    /// <summary>Which members have answered a few calls.</summary>
    private static async Task<HashSet<ulong>> AnswerersAsync(EtcdClient client, GetOptions options)
    {
        HashSet<ulong> found = [];
        for (int n = 0; n < 6; n++)
        {
            found.Add((await client.Keys.GetAsync("a", options)).Header.MemberId);
        }

        return found;
    }

    private static async Task ReadSomeAsync(EtcdClient client, string key)
    {
        for (int n = 0; n < 10; n++)
        {
            Assert.NotNull((await client.Keys.GetAsync(key)).KeyValue);
        }
    }

    private static async Task WriteAsync(EtcdClient client, string key, Writes writes, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await client.Keys.PutAsync(key, $"write {writes.Made}", cancel: CancellationToken.None);
                Interlocked.Increment(ref writes.Made);
            }
            catch (AmbiguousOutcomeException)
            {
                Interlocked.Increment(ref writes.Unknown);
            }

            await Task.Delay(20, CancellationToken.None);
        }
    }

    private sealed class Writes
    {
        public int Made;

        public int Unknown;
    }
}
