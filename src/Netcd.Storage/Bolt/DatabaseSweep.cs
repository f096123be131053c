namespace Netcd.Storage.Bolt;

/// <summary>Where a pass through all buckets goes on: at a key of a bucket. It is found again whatever was written meanwhile.</summary>
/// <param name="Bucket">The bucket's name; null is the one that holds the buckets, which comes last.</param>
/// <param name="Key">The key.</param>
/// <param name="IsEnd">Whether the pass is through.</param>
internal sealed record SweepPosition(byte[]? Bucket, byte[] Key, bool IsEnd)
{
    public static SweepPosition Start { get; } = new([], [], IsEnd: false);

    public static SweepPosition End { get; } = new(null, [], IsEnd: true);
}

/// <summary>One step of a pass through all buckets. (Buckets within buckets, which no server of etcd makes, stay where they are.)</summary>
internal sealed class DatabaseSweep(BoltWriteTransaction transaction, DefragmentationRoom room)
{
    /// <summary>Goes on from a position to the end, or to where the step is as large as it may be.</summary>
    public SweepPosition Run(SweepPosition from)
    {
        foreach (byte[] name in from.Bucket is null ? [] : transaction.BucketNames())
        {
            int order = name.AsSpan().SequenceCompareTo(from.Bucket);
            if (order < 0 || !transaction.TryGetBucket(name, out BoltBucket? bucket) || bucket.IsInline)
            {
                continue;
            }

            if (Run(bucket, order == 0 ? from.Key : []) is { } next)
            {
                return new SweepPosition(name, next, IsEnd: false);
            }
        }

        return Run(transaction.RootBucket, from.Bucket is null ? from.Key : []) is { } key
            ? new SweepPosition(null, key, IsEnd: false)
            : SweepPosition.End;
    }

    private byte[]? Run(BoltBucket bucket, byte[] from) => new BucketSweep(transaction, bucket, room).Run(from);
}
