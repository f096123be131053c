namespace Netcd.Engine.Metering;

/// <summary>
/// What is counted and measured of a member since its start, for those who look after it. Whatever counts does so without a lock; whoever
/// looks may do so at any time, from any thread.
/// </summary>
/// <param name="clock">Measures.</param>
public sealed class NodeMetrics(MonotonicClock clock)
{
    /// <summary>What all is measured with.</summary>
    public MonotonicClock Clock { get; } = clock;

    /// <summary>Raft.</summary>
    public ConsensusMetrics Consensus { get; } = new();

    /// <summary>Entries.</summary>
    public ApplyMetrics Apply { get; } = new();

    /// <summary>What the store has done.</summary>
    public StoreMetrics Store { get; } = new();

    /// <summary>The backend's file.</summary>
    public BackendMetrics Backend { get; } = new();

    /// <summary>When the log was flushed; null where nobody wants to know how long requests wait for it.</summary>
    internal FlushTimes? Flushes { get; init; }

    /// <summary>Learners that were given a vote while this member led.</summary>
    public Counter Promotions { get; } = new();

    /// <summary>Attempts of it that failed, by the reason.</summary>
    public LabelledCounters FailedPromotions { get; } = new(most: 16, "other");

    /// <summary>Snapshots of other members that are taking the state's place.</summary>
    public Counter SnapshotsInstalling { get; } = new();
}
