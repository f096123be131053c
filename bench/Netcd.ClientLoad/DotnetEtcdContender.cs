using dotnet_etcd;
using Etcdserverpb;
using Google.Protobuf;

namespace Netcd.ClientLoad;

/// <summary>The package dotnet-etcd, called as its documentation does.</summary>
internal sealed class DotnetEtcdContender(string endpoint) : IContender
{
    private readonly EtcdClient client = new(endpoint, configureChannelOptions: static options =>
    {
        options.Credentials = Grpc.Core.ChannelCredentials.Insecure;
        options.MaxReceiveMessageSize = null;
    });

    public async Task<long> PutAsync(byte[] key, byte[] value)
    {
        PutRequest request = new() { Key = UnsafeByteOperations.UnsafeWrap(key), Value = UnsafeByteOperations.UnsafeWrap(value) };
        return (await client.PutAsync(request).ConfigureAwait(false)).Header.Revision;
    }

    public async Task<int> GetAsync(byte[] key)
    {
        RangeResponse answer = await client.GetAsync(new RangeRequest { Key = UnsafeByteOperations.UnsafeWrap(key) }).ConfigureAwait(false);
        return answer.Kvs.Count > 0 ? answer.Kvs[0].Value.Length : -1;
    }

    public async Task<long> WatchAsync(byte[] prefix, long revision, int events)
    {
        byte[] end = [.. prefix[..^1], (byte)(prefix[^1] + 1)];
        WatchCreateRequest create = new()
        {
            Key = UnsafeByteOperations.UnsafeWrap(prefix),
            RangeEnd = UnsafeByteOperations.UnsafeWrap(end),
            StartRevision = revision,
        };
        TaskCompletionSource<long> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long sum = 0;
        Action<WatchResponse> take = response =>
        {
            foreach (Mvccpb.Event change in response.Events)
            {
                sum += change.Kv.Value.Length;
                events--;
            }

            if (events <= 0)
            {
                done.TrySetResult(sum);
            }
        };
        long watch = await client.WatchAsync(new WatchRequest { CreateRequest = create }, take).ConfigureAwait(false);
        long total = await done.Task.ConfigureAwait(false);
        client.CancelWatch(watch);
        return total;
    }

    public async Task<long[]> KeepAliveAsync(int leases, int seconds, TimeSpan time)
    {
        LeaseGrantResponse[] granted = await Task.WhenAll(
            Enumerable.Range(0, leases).Select(_ => client.LeaseGrantAsync(new LeaseGrantRequest { TTL = seconds })));
        using CancellationTokenSource over = new();
        Task[] kept = [.. granted.Select(grant => Task.Run(() => client.LeaseKeepAlive(grant.ID, over.Token)))];
        await Task.Delay(time);
        long[] ids = [.. granted.Select(static grant => grant.ID)];
        await over.CancelAsync();
        await Task.WhenAll(kept).ContinueWith(static _ => { }, TaskScheduler.Default);
        return ids;
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
