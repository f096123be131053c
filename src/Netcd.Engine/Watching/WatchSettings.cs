namespace Netcd.Engine.Watching;

/// <summary>The bounds that watches live within; see <see cref="Limits"/> for the reasons.</summary>
internal sealed record WatchSettings
{
    /// <summary>Bytes that wait for one stream's client.</summary>
    public long QueueBytes { get; init; } = Limits.WatchQueueBytes;

    /// <summary>Bytes that wait for all clients.</summary>
    public long QueueBytesInAll { get; init; } = Limits.WatchQueueBytesInAll;

    /// <summary>Changes that a cohort looks at in one step.</summary>
    public int RecordsPerStep { get; init; } = Limits.WatchRecordsPerStep;

    /// <summary>Bytes of them.</summary>
    public long BytesPerStep { get; init; } = Limits.WatchBytesPerStep;

    /// <summary>Cohorts that catch up side by side.</summary>
    public int Cohorts { get; init; } = Limits.WatchCohorts;

    /// <summary>Watches of such a cohort.</summary>
    public int WatchesPerCohort { get; init; } = Limits.WatchesPerCohort;

    /// <summary>The size of a message from which on it is sent in fragments to those who take them.</summary>
    public required int FragmentBytes { get; init; }

    /// <summary>Pause between two progress notifications.</summary>
    public long ProgressMilliseconds { get; init; } = Limits.WatchProgressMilliseconds;
}
