using Netcd.Storage.Snapshots;
using Netcd.Storage.Tests.Wal;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Snapshots;

public sealed class SnapshotDirectoryTests
{
    private const string Folder = "/snap";

    [Fact]
    public void The_bytes_are_those_that_etcd_writes()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        new SnapshotDirectory(disk, Folder).Save(
            new SnapshotFile(300, 2, new ConfState { Voters = [1, 200], Learners = [3] }, "data"u8.ToArray()));
        byte[] snapshot =
        [
            0x0A, 4, .. "data"u8,
            0x12, 17, 0x0A, 9, 0x08, 1, 0x08, 0xC8, 0x01, 0x10, 3, 0x28, 0, 0x10, 0xAC, 0x02, 0x18, 2,
        ];
        snapshot[7] = (byte)(snapshot.Length - 8);
        byte[] written = WalFiles.Read(disk, Folder + "/0000000000000002-000000000000012c.snap");
        Assert.EndsWith(
            Convert.ToHexString([0x12, (byte)snapshot.Length, .. snapshot]), Convert.ToHexString(written), StringComparison.Ordinal);
        Assert.Equal(0x08, written[0]);
        ulong sum = 0;
        for (int i = 0; i < written.Length - snapshot.Length - 3; i++)
        {
            sum |= (ulong)(written[1 + i] & 0x7f) << (7 * i);
        }

        Assert.Equal(Crc32C.Append(0, snapshot), sum);
    }

    [Fact]
    public void Any_snapshot_is_read_back_as_it_was_saved()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        SnapshotDirectory directory = new(disk, Folder);
        for (int seed = 1; seed < 60; seed++)
        {
            Random random = new(seed);
            ConfState state = new()
            {
                Voters = Ids(random),
                Learners = Ids(random),
                VotersOutgoing = Ids(random),
                LearnersNext = Ids(random),
                AutoLeave = random.Next(2) == 0,
            };
            SnapshotFile saved = new(
                (ulong)seed, (ulong)random.NextInt64(1, long.MaxValue), state, WalFiles.Bytes(random.Next(2000), seed));
            directory.Save(saved);
            SnapshotFile? loaded = directory.LoadNewest([saved.ToMarker()], out _);
            Assert.NotNull(loaded);
            Assert.Equal(saved.EncodeRaftSnapshot(), loaded.EncodeRaftSnapshot());
            Assert.Equal(saved.Data.ToArray(), loaded.Data.ToArray());
            Assert.Equal(state.VotersOutgoing, ConfState.Decode(saved.ToMarker().ConfState.Span).VotersOutgoing);
            Assert.Equal(state.AutoLeave, loaded.ConfState.AutoLeave);
        }
    }

    [Fact]
    public void The_newest_that_the_log_has_a_marker_for_is_loaded()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        SnapshotDirectory directory = new(disk, Folder);
        SnapshotFile[] saved = [Snapshot(9, 1), Snapshot(5, 2), Snapshot(20, 2), Snapshot(16, 3)];
        foreach (SnapshotFile file in saved)
        {
            directory.Save(file);
        }

        Assert.Equal(16u, directory.LoadNewest([.. saved.Select(static s => s.ToMarker())], out _)?.Index);
        Assert.Equal(20u, directory.LoadNewest([.. saved[..3].Select(static s => s.ToMarker())], out _)?.Index);
        Assert.Equal(9u, directory.LoadNewest([default, saved[0].ToMarker(), new WalMarker(20, 3, default)], out _)?.Index);
        Assert.Null(directory.LoadNewest([default], out IReadOnlyList<BrokenSnapshot> broken));
        Assert.Empty(broken);
    }

    [Fact]
    public void A_snapshot_with_any_byte_flipped_or_cut_off_is_put_aside_and_the_one_before_is_loaded()
    {
        SnapshotFile old = Snapshot(5, 1);
        SnapshotFile young = Snapshot(9, 1);
        byte[] bytes = young.Encode();
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] flipped = [.. bytes];
            flipped[at] ^= (byte)(1 << (at % 8));
            foreach (byte[] damaged in new[] { flipped, bytes[..at] })
            {
                SimulatedDisk disk = WalFiles.NewDisk();
                SnapshotDirectory directory = new(disk, Folder);
                directory.Save(old);
                WalFiles.Replace(disk, Path.Combine(Folder, young.Name), damaged);
                SnapshotFile? loaded = directory.LoadNewest([old.ToMarker(), young.ToMarker()], out IReadOnlyList<BrokenSnapshot> broken);
                Assert.Equal(5u, loaded?.Index);
                Assert.Equal(Path.Combine(Folder, young.Name), Assert.Single(broken).Path);
                Assert.Equal([old.Name, young.Name + ".broken"], disk.List(Folder));
            }
        }
    }

    [Fact]
    public void A_file_under_the_name_of_another_is_put_aside()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        SnapshotDirectory directory = new(disk, Folder);
        WalFiles.Replace(disk, Path.Combine(Folder, Snapshot(9, 2).Name), Snapshot(9, 1).Encode());
        Assert.Null(directory.LoadNewest([Snapshot(9, 1).ToMarker()], out IReadOnlyList<BrokenSnapshot> broken));
        Assert.Single(broken);
    }

    [Fact]
    public void Old_snapshots_and_leftovers_are_removed_and_the_database_is_left_alone()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        disk.CreateDirectory(Folder);
        foreach (string name in new[] { "db", "db.tmp123", "tmp456",
            "0000000000000001-0000000000000007.snap.tmp", "0000000000000007.snap.db" })
        {
            WalFiles.Replace(disk, Path.Combine(Folder, name), "x"u8);
        }

        SnapshotDirectory directory = new(disk, Folder);
        Assert.Equal(["0000000000000007.snap.db", "db"], disk.List(Folder));
        Assert.Equal(0, directory.PurgeDatabases(7));
        Assert.Equal(1, directory.PurgeDatabases(8));
        for (ulong index = 1; index <= 8; index++)
        {
            directory.Save(Snapshot(index, 1));
        }

        Assert.Equal(3, directory.Purge(5, Snapshot(8, 1)));
        Assert.Equal(0, directory.Purge(5, Snapshot(8, 1)));
        Assert.Equal(6, disk.List(Folder).Count);
        Assert.Equal(4u, directory.LoadNewest([Snapshot(3, 1).ToMarker(), Snapshot(4, 1).ToMarker()], out _)?.Index);
    }

    [Fact]
    public void Files_that_never_got_their_marker_do_not_push_out_the_one_that_a_start_needs()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        SnapshotDirectory directory = new(disk, Folder);
        foreach (SnapshotFile file in new[] { Snapshot(20, 2), Snapshot(25, 3), Snapshot(7, 1), Snapshot(9, 2) })
        {
            directory.Save(file);
        }

        Assert.Equal(3, directory.Purge(1, Snapshot(9, 2)));
        Assert.Equal(9u, directory.LoadNewest([Snapshot(9, 2).ToMarker()], out _)?.Index);
        Assert.Equal([Snapshot(9, 2).Name], disk.List(Folder));
    }

    [Fact]
    public void A_crash_at_any_point_of_a_save_leaves_the_old_snapshot_or_the_new_one()
    {
        SnapshotFile old = Snapshot(5, 1);
        SnapshotFile young = Snapshot(9, 1);
        WalMarker[] markers = [old.ToMarker(), young.ToMarker()];
        SimulatedDisk disk = new();
        SnapshotDirectory directory = new(disk, Folder);
        directory.Save(old);
        int begun = disk.OperationCount;
        directory.Save(young);
        int done = disk.OperationCount;
        for (int operations = begun; operations <= done; operations++)
        {
            for (ulong seed = 0; seed < 60; seed++)
            {
                SimulatedDisk image = disk.Crash(
                    new() { Operations = operations, Seed = seed, TornBytes = seed % 3 == 0 ? (int)seed : null });
                SnapshotFile? loaded = new SnapshotDirectory(image, Folder).LoadNewest(markers, out IReadOnlyList<BrokenSnapshot> broken);
                Assert.Empty(broken);
                Assert.Contains(loaded?.Index ?? 0, operations == done ? [9UL] : new[] { 5UL, 9UL });
                Assert.DoesNotContain(image.List(Folder), static name => name.EndsWith(".tmp", StringComparison.Ordinal));
            }
        }
    }

    private static SnapshotFile Snapshot(ulong index, ulong term) =>
        new(index, term, new ConfState { Voters = [7] }, WalFiles.Bytes(40, (int)index));

    private static ulong[] Ids(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
}
