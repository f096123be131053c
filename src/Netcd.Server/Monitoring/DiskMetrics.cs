using Netcd.Engine.Metering;

namespace Netcd.Server.Monitoring;

/// <summary>What is measured of the write-ahead log and of raft's snapshots, at the disk.</summary>
internal sealed class DiskMetrics
{
    /// <summary>Flushes of the log.</summary>
    public Histogram LogFlush { get; } = new(Buckets.Seconds(0.001, 14));

    /// <summary>Writes to the log.</summary>
    public Histogram LogWrite { get; } = new(Buckets.Seconds(0.001, 14));

    /// <summary>Bytes written to the log.</summary>
    public Counter LogBytes { get; } = new();

    /// <summary>Flushes of raft's snapshot files.</summary>
    public Histogram SnapshotFlush { get; } = new(Buckets.Seconds(0.001, 14));

    /// <summary>Flushes of images of the store that other members have sent.</summary>
    public Histogram ImageFlush { get; } = new(Buckets.Seconds(0.001, 14));
}
