using Netcd.Engine.Metering;

namespace Netcd.Engine.Leases;

/// <summary>What is counted of leases since the start, for those who look after the member.</summary>
public sealed class LeaseMetrics
{
    /// <summary>Leases granted.</summary>
    public Counter Granted { get; } = new();

    /// <summary>Their lifetimes in seconds; up to 2^23 s, about three months, by powers of two.</summary>
    public Histogram Lifetimes { get; } = new(Buckets.Numbers(1, 24));

    /// <summary>Leases that ended, by expiry or by a caller.</summary>
    public Counter Revoked { get; } = new();

    /// <summary>Keep-alives that this member has answered as the leader.</summary>
    public Counter Renewed { get; } = new();

    /// <summary>Leases that this member has ended as the leader, as their time was over.</summary>
    public Counter Expired { get; } = new();

    internal void Grant(long ttlSeconds)
    {
        Granted.Increment();
        Lifetimes.Observe(ttlSeconds);
    }
}
