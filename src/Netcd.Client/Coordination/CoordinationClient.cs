using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>Locks and the like, over whatever keys, watches and leases there are.</summary>
internal sealed class CoordinationClient(IKeyValues keys, IWatches watches, ILeases leases) : ICoordination
{
    /// <summary>As with etcd's own client.</summary>
    private static readonly TimeSpan UsualTime = TimeSpan.FromSeconds(60);

    private readonly QueueStore store = new(keys, watches);

    /// <inheritdoc/>
    public async Task<EtcdSession> OpenSessionAsync(TimeSpan? timeToLive = null, CancellationToken cancel = default) =>
        new(store, await leases.AcquireAsync(timeToLive ?? UsualTime, 0, cancel).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<EtcdSession> ResumeSessionAsync(long lease, CancellationToken cancel = default) =>
        new(store, await leases.AttachAsync(lease, cancel).ConfigureAwait(false));

    /// <inheritdoc/>
    public EtcdQueue Queue(string name) => new(store, name);

    /// <inheritdoc/>
    public EtcdBarrier Barrier(string key) => new(store, key);
}
