namespace Netcd.Engine.Leases;

/// <summary>
/// What is counted of leases since the start, for those who look after the member. Changed by the one thread that steps the apply
/// stage and the lease stage, readable from any.
/// </summary>
public sealed class LeaseMetrics
{
    /// <summary>Lifetimes up to 2^23 s, about three months, are counted by powers of two; longer ones together.</summary>
    private const int Bounds = 24;

    private readonly long[] lifetimes = new long[Bounds + 1];
    private long granted;
    private long grantedSeconds;
    private long revoked;
    private long renewed;
    private long expired;

    /// <summary>Leases granted.</summary>
    public long Granted => Volatile.Read(ref granted);

    /// <summary>The lifetimes of these, added up.</summary>
    public long GrantedSeconds => Volatile.Read(ref grantedSeconds);

    /// <summary>Leases that ended, by expiry or by a caller.</summary>
    public long Revoked => Volatile.Read(ref revoked);

    /// <summary>Keep-alives that this member has answered as the leader.</summary>
    public long Renewed => Volatile.Read(ref renewed);

    /// <summary>Leases that this member has ended as the leader, as their time was over.</summary>
    public long Expired => Volatile.Read(ref expired);

    /// <summary>How many leases were granted for no more than each of the bounds.</summary>
    public IEnumerable<(long BoundSeconds, long Count)> Lifetimes
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < Bounds; i++)
            {
                sum += Volatile.Read(ref lifetimes[i]);
                yield return (1L << i, sum);
            }
        }
    }

    internal void Grant(long ttlSeconds)
    {
        int bound = ttlSeconds <= 1 ? 0 : Math.Min(Bounds, 64 - (int)long.LeadingZeroCount(ttlSeconds - 1));
        Volatile.Write(ref lifetimes[bound], lifetimes[bound] + 1);
        Volatile.Write(ref grantedSeconds, grantedSeconds + ttlSeconds);
        Volatile.Write(ref granted, granted + 1);
    }

    internal void Revoke() => Volatile.Write(ref revoked, revoked + 1);

    internal void Renew() => Volatile.Write(ref renewed, renewed + 1);

    internal void Expire() => Volatile.Write(ref expired, expired + 1);
}
