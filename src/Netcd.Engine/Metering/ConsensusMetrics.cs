namespace Netcd.Engine.Metering;

/// <summary>What is counted of raft's work.</summary>
public sealed class ConsensusMetrics
{
    /// <summary>Heartbeats that the leader sent much too late.</summary>
    public Counter LateHeartbeats { get; } = new();

    /// <summary>Questions for a read index that were not answered while a read had time to wait for it.</summary>
    public Counter SlowReadIndexes { get; } = new();

    /// <summary>Questions for a read index whose leader was lost, so that they had to be asked again.</summary>
    public Counter FailedReadIndexes { get; } = new();
}
