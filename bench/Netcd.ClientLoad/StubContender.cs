using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.ClientLoad;

/// <summary>The stubs that are generated from etcd's contracts, on a channel: what no client can do without.</summary>
internal sealed class StubContender : IContender
{
    private readonly GrpcChannel channel;
    private readonly KV.KVClient keys;
    private readonly Watch.WatchClient watches;
    private readonly Lease.LeaseClient leases;

    public StubContender(string endpoint)
    {
        channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        keys = new KV.KVClient(channel);
        watches = new Watch.WatchClient(channel);
        leases = new Lease.LeaseClient(channel);
    }

    public async Task<long> PutAsync(byte[] key, byte[] value)
    {
        PutRequest request = new() { Key = UnsafeByteOperations.UnsafeWrap(key), Value = UnsafeByteOperations.UnsafeWrap(value) };
        return (await keys.PutAsync(request).ConfigureAwait(false)).Header.Revision;
    }

    public async Task<int> GetAsync(byte[] key)
    {
        RangeResponse answer = await keys.RangeAsync(new RangeRequest { Key = UnsafeByteOperations.UnsafeWrap(key) }).ConfigureAwait(false);
        return answer.Kvs.Count > 0 ? answer.Kvs[0].Value.Length : -1;
    }

    public async Task<long> WatchAsync(byte[] prefix, long revision, int events)
    {
        byte[] end = [.. prefix[..^1], (byte)(prefix[^1] + 1)];
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call = watches.Watch();
        WatchCreateRequest create = new()
        {
            Key = UnsafeByteOperations.UnsafeWrap(prefix),
            RangeEnd = UnsafeByteOperations.UnsafeWrap(end),
            StartRevision = revision,
        };
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }).ConfigureAwait(false);
        long sum = 0;
        while (events > 0 && await call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            foreach (Event change in call.ResponseStream.Current.Events)
            {
                sum += change.Kv.Value.Length;
                events--;
            }
        }

        return sum;
    }

    public async Task<long[]> KeepAliveAsync(int leases, int seconds, TimeSpan time)
    {
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = this.leases.LeaseKeepAlive();
        LeaseGrantResponse[] granted = await Task.WhenAll(Enumerable.Range(0, leases)
            .Select(_ => this.leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = seconds }).ResponseAsync));
        long[] ids = [.. granted.Select(static grant => grant.ID)];
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(seconds / 3.0));
        for (long began = Environment.TickCount64; Environment.TickCount64 - began < time.TotalMilliseconds;)
        {
            foreach (long id in ids)
            {
                await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id });
            }

            for (int n = 0; n < ids.Length; n++)
            {
                await call.ResponseStream.MoveNext(CancellationToken.None);
            }

            await timer.WaitForNextTickAsync();
        }

        return ids;
    }

    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        return ValueTask.CompletedTask;
    }
}
