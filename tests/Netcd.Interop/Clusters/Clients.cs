using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>Clients that put and read through all members of a cluster until they are told to stop.</summary>
internal sealed class Clients : IAsyncDisposable
{
    private const int Keys = 40;
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(3);

    private readonly ProcessCluster cluster;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] clients;
    private long lastPut;

    public Clients(ProcessCluster cluster, int count = 6)
    {
        this.cluster = cluster;
        clients = [.. Enumerable.Range(0, count).Select(RunAsync)];
    }

    public History History { get; } = new();

    /// <summary>Waits for a put that began from now on, and tells how long that took.</summary>
    public async Task<TimeSpan> ServedAgainAsync()
    {
        long from = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref lastPut) < from)
        {
            Assert.True(Stopwatch.GetElapsedTime(from) < TimeSpan.FromSeconds(60), "no put succeeds:\n" + cluster.Logs());
            await Task.Delay(5);
        }

        return Stopwatch.GetElapsedTime(from);
    }

    /// <summary>Stops the clients, and checks everything that they saw against each other and against what the cluster holds.</summary>
    public async Task StopAndCheckAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(History.Count > 50, $"only {History.Count} answers came");
        History.AssertStrictlySerializable();
        ClusterMember leader = await cluster.LeaderAsync();
        await cluster.AssertSameEverywhereAsync();
        foreach ((string key, (long revision, string value)) in History.Acknowledged())
        {
            RangeResponse read = await new KV.KVClient(leader.Channel).RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8(key) });
            Assert.True(read.Kvs.Count == 1 && read.Kvs[0].ModRevision >= revision, $"{key} of revision {revision} is lost");
            if (read.Kvs[0].ModRevision == revision)
            {
                Assert.Equal(value, read.Kvs[0].Value.ToStringUtf8());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        stop.Dispose();
    }

    private async Task RunAsync(int client)
    {
#pragma warning disable CA5394 // What the clients do follows a seed.
        Random random = new(client);
        for (int n = 0; !stop.IsCancellationRequested; n++)
        {
            ClusterMember[] members = [.. cluster.Members.ToArray().Where(member => member.IsRunning)];
            if (members.Length == 0)
            {
                continue;
            }

            ClusterMember member = members[random.Next(members.Length)];
            string key = $"key{random.Next(Keys)}";
            try
            {
                if (random.Next(3) == 0)
                {
                    await ReadAsync(member, key);
                }
                else
                {
                    await PutAsync(member, key, $"{client}-{n}");
                }
            }
            catch (Exception failure) when (failure is RpcException or ObjectDisposedException)
            {
                // What became of it is unknown: it counts as neither done nor not done.
                await Task.Delay(10);
            }
        }
#pragma warning restore CA5394
    }

    private async Task PutAsync(ClusterMember member, string key, string value)
    {
        long began = Stopwatch.GetTimestamp();
        PutResponse answer = await new KV.KVClient(member.Channel).PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) }, deadline: DateTime.UtcNow + CallTime);
        History.Put(key, value, answer.Header.Revision, began, Stopwatch.GetTimestamp());
        long seen = Volatile.Read(ref lastPut);
        while (seen < began && Interlocked.CompareExchange(ref lastPut, began, seen) is var found && found != seen)
        {
            seen = found;
        }
    }

    private async Task ReadAsync(ClusterMember member, string key)
    {
        long began = Stopwatch.GetTimestamp();
        RangeResponse answer = await new KV.KVClient(member.Channel).RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, deadline: DateTime.UtcNow + CallTime);
        KeyValue? found = answer.Kvs.FirstOrDefault();
        History.Read(key, found?.Value.ToStringUtf8(), found?.ModRevision ?? 0, answer.Header.Revision, began, Stopwatch.GetTimestamp());
    }
}
