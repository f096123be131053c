namespace Netcd.Client.Leases;

/// <summary>What a handle needs of the one who renews it.</summary>
internal interface ILeaseKeeper
{
    /// <summary>Stops renewing it.</summary>
    void Remove(LeaseHandle handle);

    /// <summary>Revokes a lease that has so much time left; does nothing about a failure, for it ends by itself then.</summary>
    Task RevokeAsync(long id, TimeSpan left);
}
