using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Records;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Offline;

/// <summary>
/// Takes a store's revision ahead, so that clients who have seen later ones than a snapshot holds never meet a revision twice; all before
/// is marked as compacted, so that their watches end instead of missing what was lost.
/// </summary>
internal static class RevisionBump
{
    /// <summary>The changes that do it, as etcd's tool makes them: an empty record at the new revision, and a compaction there to
    /// run.</summary>
    /// <exception cref="OfflineException">The revision would be too large.</exception>
    public static IEnumerable<BucketChange> Changes(BackendView view, ulong amount, ILogger log)
    {
        long latest = Latest(view.Records);
        if (amount > (ulong)(long.MaxValue - latest))
        {
            throw new OfflineException($"revision {latest} cannot become later by {amount}");
        }

        long bumped = latest + (long)amount;
        log.BumpingRevision(latest, amount, bumped);
        log.MarkingRevisionCompacted(bumped);
        byte[] key = new byte[Revision.EncodedLength];
        new Revision(bumped, 0).Encode(key);
        return
        [
            new BucketChange(Schema.Key.ToArray(), key, []),
            new BucketChange(Schema.Meta.ToArray(), Schema.ScheduledCompact.ToArray(), key),
        ];
    }

    private static long Latest(BoltBucket records)
    {
        BoltCursor cursor = records.Cursor();
        return cursor.Last() && Revision.TryDecode(cursor.Key, out Revision revision, out _) ? revision.Main : 0;
    }
}
