namespace Netcd.Client.Leases;

/// <summary>Leases: keys attached to one end with it, unless it is renewed in time.</summary>
public interface ILeases
{
    /// <summary>Grants a lease, which ends by itself after its time if nobody renews it.</summary>
    /// <param name="timeToLive">How long it lasts, in whole seconds (rounded up). Servers raise it to their minimum, 2 s by
    /// default.</param>
    /// <param name="id">Its id; 0 to have the server choose.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">There is one with this id; the time is too long; there is no room.</exception>
    /// <exception cref="AmbiguousOutcomeException">It is unknown whether it was granted.</exception>
    Task<LeaseGrant> GrantAsync(TimeSpan timeToLive, long id = 0, CancellationToken cancel = default);

    /// <summary>Ends a lease, and all keys attached to it, at one revision.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">There is no such lease.</exception>
    Task<EtcdHeader> RevokeAsync(long id, CancellationToken cancel = default);

    /// <summary>How long a lease still lasts.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="withKeys">Whether the keys attached to it are listed.</param>
    /// <param name="cancel">Gives up.</param>
    Task<LeaseStatus> TimeToLiveAsync(long id, bool withKeys = false, CancellationToken cancel = default);

    /// <summary>The ids of all leases, as the member asked knows them.</summary>
    /// <param name="cancel">Gives up.</param>
    Task<LeaseList> ListAsync(CancellationToken cancel = default);

    /// <summary>Renews a lease once.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The time it has from now on.</returns>
    /// <exception cref="EtcdException">There is no such lease (any more).</exception>
    Task<LeaseGrant> KeepAliveOnceAsync(long id, CancellationToken cancel = default);

    /// <summary>Grants a lease and renews it until the handle is disposed, which revokes it.</summary>
    /// <param name="timeToLive">How long it outlives this process, or its connection.</param>
    /// <param name="id">Its id; 0 to have the server choose.</param>
    /// <param name="cancel">Gives up granting it.</param>
    Task<LeaseHandle> AcquireAsync(TimeSpan timeToLive, long id = 0, CancellationToken cancel = default);

    /// <summary>Renews a lease that there is already: of an earlier run of this program, for one.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancel">Gives up the first renewal.</param>
    /// <exception cref="EtcdException">There is no such lease (any more).</exception>
    Task<LeaseHandle> AttachAsync(long id, CancellationToken cancel = default);
}
