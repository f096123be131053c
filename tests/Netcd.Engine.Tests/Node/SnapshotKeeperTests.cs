using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Membership;
using Netcd.Engine.Snapshots;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Tests.Node;

public sealed class SnapshotKeeperTests
{
    [Fact]
    public void A_snapshot_that_finds_no_room_waits_and_leaves_nothing_behind()
    {
        SimulatedDisk disk = new(keepLog: false);
        disk.CreateDirectory("/snap");
        using WriteAheadLog wal = WriteAheadLog.Create(disk, "/wal", []);
        for (ulong index = 1; index <= 9; index++)
        {
            wal.AppendEntry(0, 1, index, "x"u8);
        }

        wal.AppendHardState(new WalHardState(1, 0, 9));
        wal.Flush();
        SnapshotKeeper keeper = new(new SnapshotDirectory(disk, "/snap"), 5, 5, NullLogger.Instance);
        ClusterMembers members = ClusterMembers.Of([new Member(1, "a", ["http://a:1"], [], IsLearner: false)], []);
        RaftSnapshot snapshot = new(7, 1, new Raft.ConfState { Voters = [1] }, members);
        disk.CapacityBytes = disk.AllocatedBytes + 20;
        Assert.False(keeper.Save(wal, snapshot));
        Assert.Empty(disk.List("/snap"));
        disk.CapacityBytes = null;
        Assert.True(keeper.Save(wal, snapshot));
        Assert.Single(disk.List("/snap"));
    }
}
