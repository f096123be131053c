using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege;

/// <summary>
/// Well-behaved clients of every member: each writes, reads, renews a lease and watches, one call after the other with a pause in between.
/// None of their calls may fail or become slow, whatever others do.
/// </summary>
internal sealed class GoodClients(SiegeCluster cluster) : IDisposable
{
    private const int PerMember = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<string> failures = [];
    private readonly List<Task> running = [];
    private List<double> latencies = [];

    /// <summary>Calls that failed so far, with what they were answered.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (gate)
            {
                return [.. failures];
            }
        }
    }

    public void Start()
    {
        foreach (SiegeMember member in cluster.Members)
        {
            for (int i = 0; i < PerMember; i++)
            {
                string name = $"good/{member.Name}/{i}";
                running.Add(Task.Run(() => RunAsync(member, name)));
            }
        }
    }

    /// <summary>The latencies since the last time that they were taken, in milliseconds, in ascending order.</summary>
    public double[] TakeLatencies()
    {
        lock (gate)
        {
            List<double> taken = latencies;
            latencies = [];
            taken.Sort();
            return [.. taken];
        }
    }

    public void Dispose()
    {
        stop.Cancel();
        Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(20));
        stop.Dispose();
    }

    private async Task RunAsync(SiegeMember member, string name)
    {
        using GrpcChannel channel = member.Connect();
        KV.KVClient kv = new(channel);
        ByteString key = ByteString.CopyFromUtf8(name);
        long lease = (await new Lease.LeaseClient(channel).LeaseGrantAsync(new LeaseGrantRequest { TTL = 60 }).ConfigureAwait(false)).ID;
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> alive = new Lease.LeaseClient(channel).LeaseKeepAlive();
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> watch = new Watch.WatchClient(channel).Watch();
        await watch.RequestStream.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = key } }).ConfigureAwait(false);
        await watch.ResponseStream.MoveNext(stop.Token).ConfigureAwait(false);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            ByteString value = ByteString.CopyFromUtf8($"{i}");
            await MeasureAsync(name, "put", async deadline =>
            {
                await kv.PutAsync(new PutRequest { Key = key, Value = value, Lease = lease }, deadline: deadline).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            await MeasureAsync(name, "watch", async _ => await watch.ResponseStream.MoveNext(stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
            await MeasureAsync(name, "get", async deadline =>
            {
                RangeResponse answer = await kv.RangeAsync(new RangeRequest { Key = key }, deadline: deadline).ConfigureAwait(false);
                return answer.Kvs is [var kv0] && kv0.Value.Equals(value);
            }).ConfigureAwait(false);
            if (i % 20 == 0)
            {
                await MeasureAsync(name, "keep-alive", async _ =>
                {
                    await alive.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = lease }).ConfigureAwait(false);
                    return await alive.ResponseStream.MoveNext(stop.Token).ConfigureAwait(false) && alive.ResponseStream.Current.TTL > 0;
                }).ConfigureAwait(false);
            }

            await Task.Delay(Pause).ConfigureAwait(false);
        }
    }

    private async Task MeasureAsync(string name, string what, Func<DateTime, Task<bool>> call)
    {
        long begun = Stopwatch.GetTimestamp();
        string? failure = null;
        try
        {
            failure = await call(DateTime.UtcNow.AddSeconds(10)).ConfigureAwait(false) ? null : "a wrong answer";
        }
        catch (Exception thrown) when (thrown is RpcException or OperationCanceledException)
        {
            failure = thrown is RpcException refused ? $"{refused.StatusCode}: {refused.Status.Detail}" : thrown.Message;
        }

        if (stop.IsCancellationRequested)
        {
            return;
        }

        lock (gate)
        {
            latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            if (failure is not null)
            {
                failures.Add($"{name} {what}: {failure}");
            }
        }
    }
}
