using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Backend;
using Netcd.Engine.Offline;
using Netcd.Engine.Records;
using Netcd.Protocol.V3;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Tests.Offline;

/// <summary>Work on the files of a member that is not running.</summary>
public sealed class OfflineTests
{
    private static readonly MemberFiles Files = new("/member-3");

    [Theory]
    [InlineData(null, 4 + 3)]
    [InlineData("3.6.0", 1)]
    public void Keys_are_counted_as_the_tool_of_the_file_s_version_counts_them(string? version, int keys)
    {
        SimulatedDisk disk = new();
        Commit(disk, version, Put(2, "a"), Put(3, "b"), Put(4, "a"), Delete(5, "b"));
        SnapshotStatus status = SnapshotStatus.Read(disk, Files.Database);
        Assert.Equal((5, version), (status.Revision, status.Version));

        // The bookkeeping of a file is an index, a term and a revision of users.
        Assert.Equal(keys, status.TotalKeys);
    }

    [Fact]
    public void A_version_that_cannot_read_the_log_is_written_by_force_alone()
    {
        SimulatedDisk disk = new();
        Commit(disk, "3.6.0");
        InternalRaftRequest newer = new() { DowngradeVersionTest = new DowngradeVersionTestRequest { Ver = "3.6.0" } };
        CreateLog(disk, newer.ToByteArray());
        StorageMigration migration = new(disk, Files, NullLogger.Instance);
        OfflineException refused = Assert.Throws<OfflineException>(() => migration.Run(new Version(3, 5), byForce: false));
        Assert.Equal(
            "cannot downgrade storage, WAL contains newer entries, as the target version (3.5.0) is lower than the version (3.6.0) "
                + "detected from WAL logs",
            refused.Message);
        Assert.Equal("3.6.0", SnapshotStatus.Read(disk, Files.Database).Version);
        migration.Run(new Version(3, 7), byForce: false);
        Assert.Equal("3.7.0", SnapshotStatus.Read(disk, Files.Database).Version);
        migration.Run(new Version(3, 6), byForce: false);
        migration.Run(new Version(3, 5), byForce: true);
        Assert.Null(SnapshotStatus.Read(disk, Files.Database).Version);
        Assert.Equal((7UL, 3UL), PositionOf(disk));
    }

    [Theory]
    [InlineData(4, 0, "cannot create migration plan: changing major storage version is not supported")]
    [InlineData(3, 8, "cannot create migration plan: version \"3.8.0\" is not supported")]
    public void A_version_that_nobody_knows_is_refused(int major, int minor, string fault)
    {
        SimulatedDisk disk = new();
        Commit(disk, version: null);
        CreateLog(disk, []);
        StorageMigration migration = new(disk, Files, NullLogger.Instance);
        Assert.Equal(
            fault, Assert.Throws<OfflineException>(() => migration.Run(new Version(major, minor), byForce: false)).Message);
        Assert.Null(SnapshotStatus.Read(disk, Files.Database).Version);
    }

    [Theory]
    [InlineData("""{"Root":{"Children":{"0":{"Children":{"members":{}}},"1":{"Children":{}}}}}""", false)]
    [InlineData("""{"Root":{"Children":{"1":{"Children":{"a":{"Value":"1","Children":null}}}}}}""", true)]
    [InlineData("""{"Root":{"Children":{"2":{"Children":{"roles":{"Children":{}},"users":{"Children":{}}}}}}}""", false)]
    [InlineData("""{"Root":{"Children":{"2":{"Children":{"users":{"Children":{"root":{"Value":"x"}}}}}}}}""", true)]
    public void What_users_stored_by_version_2_is_found(string store, bool isThere)
    {
        SimulatedDisk disk = new();
        SnapshotFile snapshot = new(1, 1, new ConfState { Voters = [5] }, Encoding.UTF8.GetBytes(store));
        new SnapshotDirectory(disk, Files.Snapshots).Save(snapshot);
        CreateLog(disk, [], snapshot.ToMarker());
        if (isThere)
        {
            Assert.Equal(
                "detected custom content in v2store",
                Assert.Throws<OfflineException>(() => CustomV2Content.Refuse(disk, Files)).Message);
        }
        else
        {
            CustomV2Content.Refuse(disk, Files);
        }
    }

    [Fact]
    public void A_database_that_a_member_has_open_is_not_looked_at()
    {
        SimulatedDisk disk = new();
        Commit(disk, version: null);
        using BackendFile member = BackendFile.Open(disk, Files.Database);
        Assert.Equal(Files.Database, Assert.Throws<DiskLockedException>(() => SnapshotStatus.Read(disk, Files.Database)).Path);
        Assert.Throws<DiskLockedException>(() => OfflineDefragmentation.Run(disk, Files, NullLogger.Instance));
    }

    [Fact]
    public void A_defragmentation_makes_the_file_smaller_and_makes_none_where_there_is_none()
    {
        SimulatedDisk disk = new();
        Assert.Throws<OfflineException>(() => OfflineDefragmentation.Run(disk, Files, NullLogger.Instance));
        Assert.False(disk.FileExists(Files.Database));
        Commit(disk, version: null, [.. Enumerable.Range(2, 2000).Select(static main => Put(main, "key" + main))]);
        Commit(disk, version: null, [.. Enumerable.Range(2, 1990).Select(static main => new BucketChange(
            Schema.Key.ToArray(), Put(main, "").Key, null))]);
        long before = SnapshotStatus.Read(disk, Files.Database).TotalSize;
        List<OfflineStep> steps = [];
        OfflineDefragmentation.Run(disk, Files, NullLogger.Instance, steps.Add);
        Assert.Equal(default, steps[^1]);
        Assert.Equal(steps[..^1].Select(static step => step.Done).Order(), steps[..^1].Select(static step => step.Done));
        Assert.All(steps[..^1], step => Assert.InRange(step.Total, 1, before));
        Assert.InRange(steps[^2].Done, 1, before);
        SnapshotStatus after = SnapshotStatus.Read(disk, Files.Database);
        Assert.InRange(after.TotalSize, 1, before / 3);
        Assert.Equal(2001, after.Revision);
    }

    private static BucketChange Put(int main, string key) => Record(
        main, isTombstone: false, KeyValueView.Encode(Encoding.UTF8.GetBytes(key), new byte[50], main, main, 1, 0));

    private static BucketChange Delete(int main, string key) =>
        Record(main, isTombstone: true, KeyValueView.Encode(Encoding.UTF8.GetBytes(key), default, 0, 0, 0, 0));

    private static BucketChange Record(int main, bool isTombstone, byte[] value)
    {
        byte[] key = new byte[isTombstone ? Revision.TombstoneLength : Revision.EncodedLength];
        new Revision(main, 0).Encode(key);
        return new BucketChange(Schema.Key.ToArray(), key, value);
    }

    private static void Commit(SimulatedDisk disk, string? version, params BucketChange[] changes)
    {
        disk.CreateDirectory(Files.Snapshots);
        using BackendFile file = BackendFile.Open(disk, Files.Database);
        BucketChange named = new(
            Schema.Meta.ToArray(), Schema.StorageVersion.ToArray(), version is null ? null : Encoding.UTF8.GetBytes(version));
        file.Commit(new BackendBatch { Changes = [.. changes, named], ConsistentIndex = 7, Term = 3 });
    }

    private static void CreateLog(SimulatedDisk disk, byte[] request, WalMarker? marker = null) =>
        WriteAheadLog.Create(disk, Files.Wal, "ids"u8, new WalOptions { SegmentBytes = 4096 }, wal =>
        {
            wal.AppendEntry(0, 1, 1, request);
            wal.AppendHardState(new WalHardState(1, 0, 1));
            if (marker is { } known)
            {
                wal.AppendMarker(known);
            }
        }).Dispose();

    private static (ulong Index, ulong Term) PositionOf(SimulatedDisk disk)
    {
        using BoltDatabase database = OfflineDatabase.Open(disk, Files.Database);
        using BoltReadTransaction transaction = database.BeginRead();
        Assert.True(transaction.TryGetBucket(Schema.Meta, out BoltBucket? meta));
        ulong Number(ReadOnlySpan<byte> key) =>
            meta.TryGet(key, out ReadOnlySpan<byte> value) ? BinaryPrimitives.ReadUInt64BigEndian(value) : 0;
        return (Number(Schema.ConsistentIndex), Number(Schema.Term));
    }
}
