using System.Buffers.Binary;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Snapshots;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Node;

/// <summary>An image is read whole before anybody relies on it (finding M4).</summary>
public sealed class IncomingSnapshotTests
{
    private const int PageBytes = 4096;
    private const string SnapshotDirectory = "/data/member/snap";

    [Fact]
    public void M4_an_image_is_taken_or_refused_whole_and_what_is_refused_leaves_no_file()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 1);
        for (int i = 0; i < 60; i++)
        {
            Assert.Null(node.Run(SteppedNode.Put($"key{i}", new string('v', 300))).Error);
        }

        bool isCommitted = false;
        node.Node.Backend.ForceCommit(() => isCommitted = true);
        node.RunUntil(() => isCommitted, "a commit");
        byte[] image = Image(node.Node);
        int refused = 0;
        for (int page = 2; page < image.Length / PageBytes; page++)
        {
            byte[] damaged = [.. image];
            damaged.AsSpan(page * PageBytes, 16).Fill(0xee);
            refused += IsTaken(node.Node, disk, damaged) ? 0 : 1;
        }

        // The root, and what is below it; pages that are free hold nothing.
        Assert.True(refused > 5, $"{refused} pages refused");
        Assert.False(IsTaken(node.Node, disk, image[..^PageBytes]));
        Assert.True(IsTaken(node.Node, disk, image));
    }

    [Fact]
    public void M4_a_record_that_cannot_be_read_is_found_before_the_image_is_taken()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 1);
        Assert.Null(node.Run(SteppedNode.Put("a-key-to-find", "value")).Error);
        bool isCommitted = false;
        node.Node.Backend.ForceCommit(() => isCommitted = true);
        node.RunUntil(() => isCommitted, "a commit");
        byte[] image = Image(node.Node);
        Assert.True(IsTaken(node.Node, disk, image));

        // The page is sound and its record is not: the length of the key is beyond the record.
        for (int at = image.AsSpan().IndexOf("a-key-to-find"u8); at >= 0;)
        {
            image[at - 1] = 0x7f;
            int next = image.AsSpan(at + 1).IndexOf("a-key-to-find"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }

        Assert.False(IsTaken(node.Node, disk, image));
    }

    [Fact]
    public void A_snapshot_of_a_configuration_that_cannot_be_is_refused_before_anything_is_written()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 1);
        Message message = Snapshot(node.Node);
        message.Snapshot = new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = 500, Term = 3, ConfState = new ConfState { Voters = [7, 7] } },
        };
        Assert.Throws<ArgumentException>(() => node.Node.Peers.BeginSnapshot(message));
        Assert.DoesNotContain(disk.List(SnapshotDirectory), static name => name.StartsWith("tmp", StringComparison.Ordinal));
    }

    private static bool IsTaken(EtcdNode node, SimulatedDisk disk, byte[] image)
    {
        bool isTaken = false;
        using (IncomingSnapshot incoming = node.Peers.BeginSnapshot(Snapshot(node)))
        {
            incoming.Write(image);
            try
            {
                incoming.Complete();
                isTaken = true;
            }
            catch (InvalidDataException)
            {
                // As it should be.
            }
        }

        string[] left = [.. disk.List(SnapshotDirectory)
            .Where(static name => name != "db" && !name.EndsWith(".snap", StringComparison.Ordinal))];
        Assert.Equal(isTaken ? 1 : 0, left.Length);
        foreach (string name in left)
        {
            disk.Delete(SnapshotDirectory + "/" + name);
        }

        return isTaken;
    }

    private static byte[] Image(EtcdNode node)
    {
        using ReadHandle handle = node.Reads.Acquire();
        using MemoryStream image = new();
        handle.CopyImage(image);
        Assert.Equal(0xED0CDAEDu, BinaryPrimitives.ReadUInt32LittleEndian(image.ToArray().AsSpan(16)));
        return image.ToArray();
    }

    private static Message Snapshot(EtcdNode node) => new()
    {
        Type = MessageType.Snapshot,
        From = 7,
        To = node.MemberId,
        Term = 3,
        Snapshot = new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = 500, Term = 3, ConfState = new ConfState { Voters = [7, node.MemberId] } },
        },
    };
}
