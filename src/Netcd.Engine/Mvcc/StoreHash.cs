using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Storage;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// The sum that HashKV reports, equal to etcd's at the same revision: CRC-32C over the bucket's name and over every record
/// up to a revision, without what a compaction deletes or would delete.
/// </summary>
internal static class StoreHash
{
    /// <summary>Sums up the store up to a revision (0: the present one).</summary>
    /// <param name="state">The state to read; its view is held by the caller.</param>
    /// <param name="revision">The last revision to include.</param>
    /// <param name="hash">The sum.</param>
    /// <param name="hashRevision">The revision summed up to.</param>
    /// <param name="cancellation">Ends the walk.</param>
    /// <returns>An error for a compacted or future revision, else null.</returns>
    public static EtcdError? HashKv(
        ReadState state, long revision, out uint hash, out long hashRevision, CancellationToken cancellation = default)
    {
        hash = 0;
        hashRevision = revision == 0 ? state.Revision : revision;
        if (revision > 0 && revision < state.CompactRevision)
        {
            return EtcdErrors.Compacted;
        }

        if (revision > state.Revision)
        {
            return EtcdErrors.FutureRevision;
        }

        RecordHasher hasher = new(state, hashRevision);
        if (state.View.Transaction.TryGetBucket(Schema.Key, out BoltBucket? records))
        {
            BoltCursor cursor = records.Cursor();
            int looks = 0;
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                ThrowIfDue(ref looks, cancellation);
                hasher.Add(cursor.Key, cursor.Value);
            }
        }

        Span<byte> key = stackalloc byte[Revision.TombstoneLength];
        foreach (ref readonly PendingRecord record in state.Pending.Items)
        {
            Span<byte> encoded = key[..(record.IsTombstone ? Revision.TombstoneLength : Revision.EncodedLength)];
            record.Revision.Encode(encoded);
            hasher.Add(encoded, record.Value);
        }

        hash = hasher.Sum;
        return null;
    }

    /// <summary>The sum that Hash reports: over all buckets of the file, names, keys and values, without the raft position.</summary>
    public static uint HashBackend(BackendView view, CancellationToken cancellation = default)
    {
        uint sum = 0;
        int looks = 0;
        foreach (byte[] name in view.Transaction.BucketNames())
        {
            if (!view.Transaction.TryGetBucket(name, out BoltBucket? bucket))
            {
                continue;
            }

            sum = Crc32C.Append(sum, name);
            bool isMeta = Schema.Meta.SequenceEqual(name);
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                ThrowIfDue(ref looks, cancellation);
                if (isMeta && (cursor.Key.SequenceEqual(Schema.ConsistentIndex) || cursor.Key.SequenceEqual(Schema.Term)))
                {
                    continue;
                }

                sum = Crc32C.Append(Crc32C.Append(sum, cursor.Key), cursor.Value);
            }
        }

        return sum;
    }

    private static void ThrowIfDue(ref int looks, CancellationToken cancellation)
    {
        if (++looks % Limits.RecordsPerLook == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private struct RecordHasher
    {
        private readonly ReadState state;
        private readonly long revision;
        private readonly bool isNothingKept;
        private uint sum;

        public RecordHasher(ReadState state, long revision)
        {
            this.state = state;
            this.revision = revision;
            isNothingKept = RangeReader.Revisions(state, new KeyInterval([0], [0]), revision, 1, out _).Count == 0;
            sum = Crc32C.Append(0, Schema.Key);
        }

        public readonly uint Sum => sum;

        public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            if (!Revision.TryDecode(key, out Revision record, out bool isTombstone)
                || record.Main > revision
                || (record.Main <= state.CompactRevision && !IsKept(record, isTombstone, value)))
            {
                return;
            }

            sum = Crc32C.Append(Crc32C.Append(sum, key), value);
        }

        /// <summary>
        /// Of the records at or before the compaction only those count that are visible at the revision summed up to, as in
        /// etcd; where nothing at all is visible there, those that the compaction has kept.
        /// </summary>
        private readonly bool IsKept(Revision record, bool isTombstone, ReadOnlySpan<byte> value)
        {
            if (isTombstone)
            {
                return false;
            }

            long at = isNothingKept ? state.CompactRevision : revision;
            return state.Index.TryGet(KeyValueView.Parse(value).Key, out KeyRecord found)
                && found.TryGetAt(at, out Revision visible)
                && visible == record;
        }
    }
}
