using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Node;

/// <summary>A disk that is full while the log's last segment is nearly used up: nothing that can be refused may take the rest.</summary>
public sealed class LogWithoutRoomTests
{
    private const int LeaseCount = 300;
    private const int SegmentBytes = 64 * 1024;

    [Fact]
    public void Leases_that_end_wait_for_room_and_the_member_lives_on()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(
            disk, 11, snapshotCount: 100_000, change: static options => options with { WalSegmentBytes = SegmentBytes });
        for (long id = 1; id <= LeaseCount; id++)
        {
            Assert.Null(node.Run(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = 600 } }).Error);
        }

        disk.CapacityBytes = disk.AllocatedBytes;
        EtcdError? refused = null;
        for (int n = 0; refused is null && n < SegmentBytes; n++)
        {
            refused = node.Run(SteppedNode.Put("k", "x")).Error;
        }

        Assert.Equal(EtcdErrors.NoSpace, refused);
        node.StandStill(610_000);
        node.RunFor(10_000);
        Assert.Equal(LeaseCount, node.Node.Leases.Count);

        disk.CapacityBytes = null;
        node.RunUntil(() => node.Node.Leases.Count == 0, "the ends of the leases");
        Assert.Null(node.Run(SteppedNode.Put("after", "x")).Error);
    }
}
