using Netcd.Engine.Records;

namespace Netcd.Engine.Backend;

/// <summary>
/// What one commit of the backend writes: the changes of the entries up to the consistent index, and that index, in one
/// transaction (invariant 3).
/// </summary>
internal sealed class BackendBatch
{
    /// <summary>Records to add to the <c>key</c> bucket.</summary>
    public PendingRecords Records { get; init; }

    /// <summary>Records that a compaction deletes, in ascending order.</summary>
    public IReadOnlyList<CompactedRecord> Deletions { get; init; } = [];

    /// <summary>Changes of the other buckets, in order.</summary>
    public IReadOnlyList<BucketChange> Changes { get; init; } = [];

    /// <summary>Index of the last entry whose changes are in here or in an earlier commit.</summary>
    public ulong ConsistentIndex { get; init; }

    /// <summary>That entry's term.</summary>
    public ulong Term { get; init; }
}

/// <summary>A record of the <c>key</c> bucket to delete.</summary>
internal readonly record struct CompactedRecord(Revision Revision, bool IsTombstone);

/// <summary>A change in one of the small buckets: a null value deletes.</summary>
internal readonly record struct BucketChange(byte[] Bucket, byte[] Key, byte[]? Value);
