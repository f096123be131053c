using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>A key that holds up all who come to it as long as it exists, as in etcd's recipe.</summary>
public sealed class EtcdBarrier
{
    private readonly QueueStore store;

    internal EtcdBarrier(QueueStore store, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        this.store = store;
        Key = key;
    }

    /// <summary>Its key.</summary>
    public string Key { get; }

    /// <summary>Puts it up. Gives whether it was not there before.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task<bool> HoldAsync(CancellationToken cancel = default) =>
        await store.CreateAsync(Key, default, 0, cancel).ConfigureAwait(false) is not null;

    /// <summary>Takes it away: all who wait go on.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task ReleaseAsync(CancellationToken cancel = default) => store.DeleteAsync(Key, cancel);

    /// <summary>Returns when it is not there, or was gone for a moment since.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task WaitAsync(CancellationToken cancel = default)
    {
        (KeyValue? barrier, EtcdHeader header) = await store.GetAsync(Key, cancel).ConfigureAwait(false);
        while (barrier is not null)
        {
            long created = barrier.CreateRevision;
            await store.AwaitChangeAsync(Key, header.Revision + 1, WatchEventType.Delete, cancel).ConfigureAwait(false);
            (barrier, header) = await store.GetAsync(Key, cancel).ConfigureAwait(false);
            if (barrier?.CreateRevision != created)
            {
                return;
            }
        }
    }
}
