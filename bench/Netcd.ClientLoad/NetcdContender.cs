using Netcd.Client;
using Netcd.Client.Leases;
using Netcd.Client.Watching;

namespace Netcd.ClientLoad;

/// <summary>Netcd.Client.</summary>
internal sealed class NetcdContender(string endpoint) : IContender
{
    private readonly EtcdClient client = new(endpoint);

    public async Task<long> PutAsync(byte[] key, byte[] value) =>
        (await client.Keys.PutAsync(key, value).ConfigureAwait(false)).Header.Revision;

    public async Task<int> GetAsync(byte[] key) =>
        (await client.Keys.GetAsync(key).ConfigureAwait(false)).KeyValue?.Value.Length ?? -1;

    public async Task<long> WatchAsync(byte[] prefix, long revision, int events)
    {
        long sum = 0;
        WatchOptions options = new() { StartRevision = revision };
        await foreach (WatchBatch batch in client.Watches.WatchAsync(KeyRange.Prefix(prefix), options).ConfigureAwait(false))
        {
            foreach (WatchEvent change in batch.Events)
            {
                sum += change.KeyValue.Value.Length;
                events--;
            }

            if (events <= 0)
            {
                break;
            }
        }

        return sum;
    }

    public async Task<long[]> KeepAliveAsync(int leases, int seconds, TimeSpan time)
    {
        LeaseHandle[] handles =
            await Task.WhenAll(Enumerable.Range(0, leases).Select(_ => client.Leases.AcquireAsync(TimeSpan.FromSeconds(seconds))));
        await Task.Delay(time);
        return [.. handles.Where(static handle => !handle.Lost.IsCancellationRequested).Select(static handle => handle.Id)];
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
