
namespace Netcd.Engine.Tests.Node;

/// <summary>When a member takes a raft snapshot and lets go of the log behind it. It is alone, so nobody needs what is behind.</summary>
public sealed class LogCompactionTests
{
    [Fact]
    public void Few_large_entries_are_let_go_of_as_many_small_ones_are()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 1, snapshotCount: 10_000, snapshotLogBytes: 20_000);
        for (int i = 0; i < 100; i++)
        {
            PutAndCommit(node, new string('x', 1_000));
            Assert.InRange(HeldEntries(node), 0UL, 30UL);
        }

        Assert.NotEqual(1UL, node.Node.FirstLogIndex);
    }

    [Fact]
    public void Entries_of_earlier_lives_count_towards_the_next_snapshot()
    {
        SimulatedDisk disk = new(keepLog: false);
        ulong held = 0;
        for (int life = 0; life < 10; life++)
        {
            using SteppedNode node = new(disk, life, snapshotCount: 40);
            for (int i = 0; i < 10; i++)
            {
                PutAndCommit(node, "small");
            }

            held = HeldEntries(node);
        }

        Assert.InRange(held, 1UL, 50UL);
    }

    [Fact]
    public void Bytes_of_earlier_lives_count_towards_the_next_snapshot()
    {
        SimulatedDisk disk = new(keepLog: false);
        ulong held = 0;
        for (int life = 0; life < 10; life++)
        {
            using SteppedNode node = new(disk, life, snapshotCount: 10_000, snapshotLogBytes: 20_000);
            for (int i = 0; i < 5; i++)
            {
                PutAndCommit(node, new string('x', 1_000));
            }

            held = HeldEntries(node);
        }

        Assert.InRange(held, 1UL, 40UL);
    }

    private static ulong HeldEntries(SteppedNode node) => node.Node.Position.AppliedIndex + 1 - node.Node.FirstLogIndex;

    private static void PutAndCommit(SteppedNode node, string value)
    {
        Assert.Null(node.Run(SteppedNode.Put("key", value)).Error);
        bool isCommitted = false;
        node.Node.Backend.ForceCommit(() => isCommitted = true);
        node.RunUntil(() => isCommitted, "commit");
    }
}
