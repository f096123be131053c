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
    private static readonly TimeSpan ProbeTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ProcessCluster cluster;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] clients;
    private readonly SemaphoreSlim working;
    private long lastPut;

    public Clients(ProcessCluster cluster, int count = 6)
    {
        this.cluster = cluster;
        working = new SemaphoreSlim(count);
        clients = [.. Enumerable.Range(0, count).Select(RunAsync)];
    }

    public History History { get; } = new();

    /// <summary>Waits for a put that began from now on, and tells how long that took.</summary>
    public async Task<TimeSpan> ServedAgainAsync()
    {
        long from = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref lastPut) < from)
        {
            Assert.True(Stopwatch.GetElapsedTime(from) < Deadline, "no put succeeds:\n" + cluster.Logs());
            await Task.Delay(5);
        }

        return Stopwatch.GetElapsedTime(from);
    }

    /// <summary>Waits until a put through one of the other members succeeds, and tells how long that took from now on.</summary>
    /// <remarks>Unlike the clients, which may all hang on the member that is gone, this asks each member for a moment only.</remarks>
    public async Task<TimeSpan> ServedWithoutAsync(ClusterMember gone)
    {
        long from = Stopwatch.GetTimestamp();
        while (true)
        {
            foreach (ClusterMember member in cluster.Members.Where(member => member.IsRunning && member != gone))
            {
                try
                {
                    await new KV.KVClient(member.Channel).PutAsync(
                        new PutRequest { Key = ByteString.CopyFromUtf8("probe") }, deadline: DateTime.UtcNow + ProbeTime);
                    return Stopwatch.GetElapsedTime(from);
                }
                catch (RpcException)
                {
                    Assert.True(Stopwatch.GetElapsedTime(from) < Deadline, "no put succeeds:\n" + cluster.Logs());
                }
            }

            await Task.Delay(5);
        }
    }

    /// <summary>
    /// Lets the clients pause, and checks what they saw so far against each other and against what the cluster holds: nothing that
    /// was acknowledged is lost, no read was stale, all members hold the same.
    /// </summary>
    public async Task CheckAsync()
    {
        for (int i = 0; i < clients.Length; i++)
        {
            Assert.True(await working.WaitAsync(Deadline), "a call does not end:\n" + cluster.Logs());
        }

        try
        {
            await VerifyAsync();
        }
        finally
        {
            working.Release(clients.Length);
        }
    }

    /// <summary>Stops the clients once there is something to check, and checks as <see cref="CheckAsync"/> does.</summary>
    public async Task StopAndCheckAsync()
    {
        await Poll.UntilAsync(() => Task.FromResult(History.Count > 50));
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        await VerifyAsync();
    }

    /// <summary>Reads every key through every member: as these reads begin last, they must show all that was acknowledged.</summary>
    private async Task VerifyAsync()
    {
        await cluster.AssertSameEverywhereAsync();
        foreach (ClusterMember member in cluster.Members.ToArray().Where(member => member.IsRunning))
        {
            await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => ReadSurelyAsync(member, $"key{key}")));
        }

        History.AssertStrictlySerializable();
    }

    private async Task ReadSurelyAsync(ClusterMember member, string key)
    {
        long from = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await ReadAsync(member, key);
                return;
            }
            catch (RpcException failure)
            {
                Assert.True(
                    Stopwatch.GetElapsedTime(from) < Deadline, $"{member.Name} answers no read: {failure.Status}\n{cluster.Logs()}");
                await Task.Delay(20);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        stop.Dispose();
        working.Dispose();
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
            await working.WaitAsync();
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
                await Task.Delay(10);
            }
            finally
            {
                working.Release();
            }
        }
#pragma warning restore CA5394
    }

    private async Task PutAsync(ClusterMember member, string key, string value)
    {
        long began = Stopwatch.GetTimestamp();
        PutResponse answer;
        try
        {
            answer = await new KV.KVClient(member.Channel).PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) },
                deadline: DateTime.UtcNow + CallTime);
        }
        catch (RpcException)
        {
            History.Unknown(key, value, began);
            throw;
        }

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
