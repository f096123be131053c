using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege;

/// <summary>
/// A well-behaved client: it writes, reads, renews a lease and watches, one call after the other with a pause in between. None of its calls
/// may fail or become slow, whatever others do.
/// </summary>
/// <param name="report">Takes how long each call took, and why it failed where it did; called from any thread.</param>
/// <param name="stop">Ends it.</param>
internal sealed class GoodClient(Action<TimeSpan, string?> report, CancellationToken stop)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Works until it is stopped.</summary>
    /// <param name="name">Its name, and its key.</param>
    /// <param name="channel">To its member; closed at the end.</param>
    public async Task RunAsync(string name, GrpcChannel channel)
    {
        using GrpcChannel own = channel;
        KV.KVClient kv = new(channel);
        ByteString key = ByteString.CopyFromUtf8(name);
        long lease = (await new Lease.LeaseClient(channel).LeaseGrantAsync(new LeaseGrantRequest { TTL = 60 }).ConfigureAwait(false)).ID;
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> alive =
            new Lease.LeaseClient(channel).LeaseKeepAlive();
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> watch = new Watch.WatchClient(channel).Watch();
        await watch.RequestStream.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = key } })
            .ConfigureAwait(false);
        await watch.ResponseStream.MoveNext(stop).ConfigureAwait(false);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            ByteString value = ByteString.CopyFromUtf8($"{i}");
            await MeasureAsync(name, "put", async deadline =>
            {
                await kv.PutAsync(new PutRequest { Key = key, Value = value, Lease = lease }, deadline: deadline).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            await MeasureAsync(name, "watch", async _ => await watch.ResponseStream.MoveNext(stop).ConfigureAwait(false))
                .ConfigureAwait(false);
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
                    return await alive.ResponseStream.MoveNext(stop).ConfigureAwait(false) && alive.ResponseStream.Current.TTL > 0;
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

        if (!stop.IsCancellationRequested)
        {
            report(Stopwatch.GetElapsedTime(begun), failure is null ? null : $"{name} {what}: {failure}");
        }
    }
}
