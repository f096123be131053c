namespace Netcd.Raft;

/// <summary>How a question to the log ended.</summary>
public enum LogResult
{
    /// <summary>Answered.</summary>
    Ok,

    /// <summary>The index was compacted away.</summary>
    Compacted,

    /// <summary>The index is beyond the end of the log.</summary>
    Unavailable,

    /// <summary>A snapshot is being made; ask again later.</summary>
    SnapshotTemporarilyUnavailable,

    /// <summary>A newer snapshot is already there.</summary>
    SnapshotOutOfDate,
}
