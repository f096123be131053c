namespace Netcd.Client.Leases;

/// <summary>A lease that was granted or renewed.</summary>
/// <param name="Header">The header.</param>
/// <param name="Id">Its id.</param>
/// <param name="TimeToLive">The time that the server gives it from now on.</param>
public sealed record LeaseGrant(EtcdHeader Header, long Id, TimeSpan TimeToLive);

/// <summary>What a lease has left.</summary>
/// <param name="Header">The header.</param>
/// <param name="Id">Its id.</param>
/// <param name="TimeLeft">The time it has left, in whole seconds; null where there is no such lease.</param>
/// <param name="GrantedTimeToLive">The time it was granted for.</param>
/// <param name="Keys">The keys attached to it, if they were asked for.</param>
public sealed record LeaseStatus(
    EtcdHeader Header, long Id, TimeSpan? TimeLeft, TimeSpan GrantedTimeToLive, IReadOnlyList<ReadOnlyMemory<byte>> Keys)
{
    /// <summary>Whether there is such a lease.</summary>
    public bool Exists => TimeLeft is not null;
}

/// <summary>The leases that a member knows.</summary>
/// <param name="Header">The header.</param>
/// <param name="Ids">Their ids.</param>
public sealed record LeaseList(EtcdHeader Header, IReadOnlyList<long> Ids);
