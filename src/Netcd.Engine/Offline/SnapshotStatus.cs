using System.Text;
using Netcd.Engine.Backend;
using Netcd.Engine.Records;
using Netcd.Storage;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Offline;

/// <summary>What a snapshot holds, in etcd's terms.</summary>
public sealed record SnapshotStatus
{
    /// <summary>CRC-32C over the names of all buckets, their keys and values.</summary>
    public required uint Hash { get; init; }

    /// <summary>The store's revision.</summary>
    public required long Revision { get; init; }

    /// <summary>The keys: where the file says no version those of all buckets, as etcd 3.5 counts; else the store's keys that are there
    /// at its revision, as etcd 3.6 does.</summary>
    public required long TotalKeys { get; init; }

    /// <summary>Bytes of the database's pages.</summary>
    public required long TotalSize { get; init; }

    /// <summary>The version that the file says it is for; null where it says none, as before 3.6.</summary>
    public required string? Version { get; init; }

    /// <summary>Reads a snapshot, or a database that nobody has open, and changes nothing.</summary>
    /// <exception cref="OfflineException">It is not there, or is none, or is damaged.</exception>
    /// <exception cref="DiskLockedException">A member has it.</exception>
    public static SnapshotStatus Read(IDisk disk, string path)
    {
        using BoltDatabase database = OfflineDatabase.Open(disk, path);
        using BoltReadTransaction transaction = database.BeginRead();
        BoltCheckReport report = transaction.Check();
        if (!report.IsClean)
        {
            throw new OfflineException(
                $"snapshot file integrity check failed. {report.Problems.Count} errors found.\n" + string.Join('\n', report.Problems));
        }

        return new Summary(transaction).Read();
    }

    private sealed class Summary(BoltReadTransaction transaction)
    {
        private readonly HashSet<string> live = new(StringComparer.Ordinal);
        private uint sum;
        private long revision;
        private long keys;

        public SnapshotStatus Read()
        {
            string? version = transaction.TryGetBucket(Schema.Meta, out BoltBucket? meta)
                && meta.TryGet(Schema.StorageVersion, out ReadOnlySpan<byte> text)
                    ? Encoding.UTF8.GetString(text)
                    : null;
            foreach (byte[] name in transaction.BucketNames())
            {
                ReadBucket(name, countsLive: version is not null && Schema.Key.SequenceEqual(name));
            }

            return new SnapshotStatus
            {
                Hash = sum,
                Revision = revision,
                TotalKeys = version is null ? keys : live.Count,
                TotalSize = transaction.SizeBytes,
                Version = version,
            };
        }

        private void ReadBucket(byte[] name, bool countsLive)
        {
            if (!transaction.TryGetBucket(name, out BoltBucket? bucket))
            {
                return;
            }

            sum = Crc32C.Append(sum, name);
            bool isKeys = Schema.Key.SequenceEqual(name);
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                sum = Crc32C.Append(Crc32C.Append(sum, cursor.Key), cursor.Value);
                keys++;
                if (isKeys)
                {
                    ReadRecord(cursor, countsLive);
                }
            }
        }

        private void ReadRecord(BoltCursor cursor, bool countsLive)
        {
            if (!Records.Revision.TryDecode(cursor.Key, out Revision record, out bool isTombstone))
            {
                throw new OfflineException($"the bucket key holds a key that is not a revision: {Convert.ToHexString(cursor.Key)}");
            }

            revision = record.Main;
            if (countsLive)
            {
                // Latin 1 has a character for each byte: keys are bytes.
                string key = Encoding.Latin1.GetString(KeyValueView.Parse(cursor.Value).Key);
                _ = isTombstone ? live.Remove(key) : live.Add(key);
            }
        }
    }
}
