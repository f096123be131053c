namespace Netcd.Engine.Metering;

/// <summary>What is counted of raft's work.</summary>
public sealed class ConsensusMetrics
{
    /// <summary>Heartbeats that the leader sent much too late.</summary>
    public Counter LateHeartbeats { get; } = new();

    /// <summary>Questions for a read index that were not answered in time and asked again.</summary>
    public Counter SlowReadIndexes { get; } = new();

    /// <summary>Reads whose time was over before their read index was known.</summary>
    public Counter FailedReadIndexes { get; } = new();
}
