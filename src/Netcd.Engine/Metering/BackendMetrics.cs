namespace Netcd.Engine.Metering;

/// <summary>What is measured of the backend's file, of compactions and of defragmentations.</summary>
public sealed class BackendMetrics
{
    private long lastCompaction;

    /// <summary>Commits.</summary>
    public Histogram Commit { get; } = new(Buckets.Seconds(0.001, 14));

    /// <summary>Steps of compactions over the key index, in which nothing else is applied.</summary>
    public Histogram IndexCompactionPause { get; } = new(Buckets.Milliseconds(0.5, 14));

    /// <summary>Commits that deleted records.</summary>
    public Histogram CompactionPause { get; } = new(Buckets.Milliseconds(1, 13));

    /// <summary>Whole compactions.</summary>
    public Histogram Compaction { get; } = new(Buckets.Milliseconds(100, 14));

    /// <summary>Records that they deleted.</summary>
    public Counter CompactedRecords { get; } = new();

    /// <summary>Whole defragmentations.</summary>
    public Histogram Defragmentation { get; } = new(Buckets.Seconds(0.1, 13));

    /// <summary>Defragmentations that are under way: one or none.</summary>
    public Counter DefragmentationsRunning { get; } = new();

    /// <summary>Bytes by which they made the file smaller.</summary>
    public Counter ReclaimedBytes { get; } = new();

    /// <summary>When the last compaction ended, by the clock that all is measured with; 0 for none.</summary>
    public long LastCompaction => Volatile.Read(ref lastCompaction);

    internal void CompactionEnded(long now) => Volatile.Write(ref lastCompaction, now);
}
