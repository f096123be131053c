using Netcd.Client.Keys;
using Netcd.Client.Leases;

namespace Netcd.Client.Namespaces;

/// <summary>Leases, of whose keys those below a prefix are seen.</summary>
internal sealed class PrefixedLeases(ILeases leases, KeyPrefix prefix) : ILeases
{
    public Task<LeaseGrant> GrantAsync(TimeSpan timeToLive, long id, CancellationToken cancel) => leases.GrantAsync(timeToLive, id, cancel);

    public Task<EtcdHeader> RevokeAsync(long id, CancellationToken cancel) => leases.RevokeAsync(id, cancel);

    public async Task<LeaseStatus> TimeToLiveAsync(long id, bool withKeys, CancellationToken cancel)
    {
        LeaseStatus status = await leases.TimeToLiveAsync(id, withKeys, cancel).ConfigureAwait(false);
        return status with { Keys = [.. status.Keys.Where(prefix.IsOn).Select(prefix.Remove)] };
    }

    public Task<LeaseList> ListAsync(CancellationToken cancel) => leases.ListAsync(cancel);

    public Task<LeaseGrant> KeepAliveOnceAsync(long id, CancellationToken cancel) => leases.KeepAliveOnceAsync(id, cancel);

    public Task<LeaseHandle> AcquireAsync(TimeSpan timeToLive, long id, CancellationToken cancel) =>
        leases.AcquireAsync(timeToLive, id, cancel);

    public Task<LeaseHandle> AttachAsync(long id, CancellationToken cancel) => leases.AttachAsync(id, cancel);
}
