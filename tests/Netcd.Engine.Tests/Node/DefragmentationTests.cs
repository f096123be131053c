using System.Globalization;
using Google.Protobuf;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Tests.Node;

/// <summary>The backend's file becomes small while the member goes on.</summary>
public sealed class DefragmentationTests
{
    private const int Keys = 600;
    private const string DatabasePath = "/data/member/snap/db";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_file_becomes_small_while_writes_go_on_and_keeps_all_that_is_in_it(int seed)
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, seed);
        Fill(node);
        long before = node.Node.Backend.SizeBytes;
        long length = Length(disk);
        uint hash = Hash(node);
        int answered = 0;
        node.Node.Backend.Defragment(error => answered += error is null ? 1 : 100);
        List<SteppedNode.Sent> sent = [];
        bool sawRunning = false;
        for (int i = 0; answered == 0; i++)
        {
            Assert.True(i < 100_000, "it does not end");
            if (i % 50 == 0)
            {
                sent.Add(node.Propose(SteppedNode.Put($"key{i % Keys}", $"new{i}")));
            }

            node.StepOne();
            sawRunning |= IsRunning(node);
        }

        node.RunUntil(() => sent.TrueForAll(static request => request.IsDone), "the writes");
        Assert.True(sawRunning);
        Assert.Equal((1, false, 1), (answered, IsRunning(node), Ended(node)));
        Assert.All(sent, static request => Assert.Null(request.Result.Error));
        Assert.True(node.Node.Backend.SizeBytes < before / 2, $"{before} bytes before, {node.Node.Backend.SizeBytes} behind");
        Assert.InRange(node.Node.Metrics.Backend.ReclaimedBytes.Value, before / 2, before);
        Assert.True(Length(disk) < length, $"{length} bytes before, {Length(disk)} behind");
        Check(node);
        Assert.NotEqual(hash, Hash(node));
        Assert.Equal(Keys / 10, node.Read(Everything()).Kvs.Count(static kv => kv.Value.Length > 100) + Overwritten(sent));
    }

    [Fact]
    public void An_idle_member_has_it_done_too_and_the_sum_over_its_history_stays()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 3);
        Fill(node);
        uint hash = Hash(node);
        long length = Length(disk);
        Run(node);
        Assert.True(Length(disk) < length);
        Assert.Equal(hash, Hash(node));
        Check(node);
    }

    [Fact]
    public void Who_asks_while_one_runs_waits_for_the_next_and_all_that_wait_share_it()
    {
        using SteppedNode node = new(new SimulatedDisk(keepLog: false), 4);
        Fill(node);
        List<int> order = [];
        node.Node.Backend.Defragment(_ => order.Add(1));
        node.RunUntil(() => IsRunning(node), "its beginning");
        node.Node.Backend.Defragment(_ => order.Add(2));
        node.Node.Backend.Defragment(_ => order.Add(3));
        node.RunUntil(() => order.Count == 1, "the first");
        Assert.Equal(1, Ended(node));
        node.RunUntil(() => order.Count == 3, "the others");
        Assert.Equal([1, 2, 3], order);
        Assert.Equal(2, Ended(node));
    }

    [Fact]
    public void Who_reads_an_older_state_is_not_broken_and_does_not_keep_the_caller_waiting()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 5);
        Fill(node);
        long length = Length(disk);
        ReadHandle held = node.Node.Reads.Acquire();
        Run(node);
        Assert.Equal(length, Length(disk));
        byte[] image = new byte[held.ImageBytes];
        Assert.Equal(image.Length, held.ReadImage(0, image));
        held.Dispose();

        // The commits behind the reader shorten the file.
        for (int i = 0; i < 4; i++)
        {
            Assert.Null(node.Run(SteppedNode.Put("after", "x")).Error);
            Commit(node);
        }

        Assert.True(Length(disk) < length, $"{length} bytes before, {Length(disk)} behind");
        Check(node);
    }

    [Fact]
    public void A_node_that_stops_answers_who_waits()
    {
        using SteppedNode node = new(new SimulatedDisk(keepLog: false), 6);
        Fill(node);
        List<EtcdError?> errors = [];
        node.Node.Backend.Defragment(errors.Add);
        node.RunUntil(() => IsRunning(node), "its beginning");
        node.Node.Backend.Defragment(errors.Add);
        node.Node.FailPending();
        Assert.Equal([EtcdErrors.Stopped, EtcdErrors.Stopped], errors);
    }

    [Fact]
    public void A_disk_without_room_fails_it_and_nothing_else()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 7);
        Fill(node, keptOneIn: 2);
        node.RunFor(500);
        disk.Fault = static operation => operation.Path == DatabasePath && operation.Kind == SimulatedDiskOperationKind.Write
            && operation.Offset >= 2 * 4096
            ? new Netcd.Storage.Disk.DiskFullException(DatabasePath)
            : null;
        List<EtcdError?> answers = [];
        node.Node.Backend.Defragment(answers.Add);
        node.RunUntil(() => answers.Count > 0, "an answer");
        Assert.Equal([EtcdErrors.NoRoomToDefragment], answers);
        disk.Fault = null;
        Assert.Null(node.Run(SteppedNode.Put("after", "x")).Error);
        Run(node);
        Check(node);
    }

    [Fact]
    public void It_begins_by_itself_where_the_share_of_free_pages_is_so_large_and_not_again_for_what_it_leaves()
    {
        SimulatedDisk disk = new(keepLog: false);
        using SteppedNode node = new(disk, 8, change: static options => options with { AutoDefragFreePercent = 40 });
        Fill(node, valueBytes: 5_000);
        node.RunUntil(() => Ended(node) == 1, "its end");
        node.RunFor(3 * Limits.AutoDefragmentationLookMilliseconds);
        Assert.Equal(1, Ended(node));
        Check(node);
    }

    [Fact]
    public void It_does_not_begin_by_itself_where_nobody_has_said_so()
    {
        using SteppedNode node = new(new SimulatedDisk(keepLog: false), 9);
        Fill(node, valueBytes: 5_000);
        node.RunFor(3 * Limits.AutoDefragmentationLookMilliseconds);
        Assert.Equal(0, Ended(node));
    }

    [Theory]
    [InlineData(100_000, true)]
    [InlineData(1L << 30, false)]
    [InlineData(0, false)]
    public void A_start_does_it_first_where_there_is_enough_to_gain(long threshold, bool isDone)
    {
        SimulatedDisk disk = new(keepLog: false);
        using (SteppedNode first = new(disk, 10))
        {
            Fill(first);
            Commit(first);
        }

        long length = Length(disk);
        using SteppedNode second = new(disk, 11, change: options => options with { BootstrapDefragThresholdBytes = threshold });
        Assert.Equal(isDone, Length(disk) < length);
        Assert.Equal(Keys / 10, second.Read(Everything()).Count);
        Check(second);
    }

    /// <summary>Writes keys, deletes most, and compacts.</summary>
    private static void Fill(SteppedNode node, int valueBytes = 700, int keptOneIn = 10)
    {
        List<SteppedNode.Sent> sent = [];
        for (int i = 0; i < Keys; i++)
        {
            sent.Add(node.Propose(SteppedNode.Put(Key(i), new string('v', valueBytes))));
        }

        node.RunUntil(() => sent.TrueForAll(static request => request.IsDone), "the writes");
        sent.Clear();
        for (int i = 0; i < Keys; i++)
        {
            if (i % keptOneIn != 0)
            {
                DeleteRangeRequest delete = new() { Key = ByteString.CopyFromUtf8(Key(i)) };
                sent.Add(node.Propose(new InternalRaftRequest { DeleteRange = delete }));
            }
        }

        node.RunUntil(() => sent.TrueForAll(static request => request.IsDone), "the deletions");
        CompactionRequest compaction = new() { Revision = node.Node.Revision, Physical = true };
        Assert.Null(node.Run(new InternalRaftRequest { Compaction = compaction }).Error);
    }

    private static string Key(int number) => "key" + number.ToString(CultureInfo.InvariantCulture);

    private static void Run(SteppedNode node)
    {
        bool isDone = false;
        node.Node.Backend.Defragment(error =>
        {
            Assert.Null(error);
            isDone = true;
        });
        node.RunUntil(() => isDone, "a defragmentation");
    }

    private static void Commit(SteppedNode node)
    {
        bool isCommitted = false;
        node.Node.Backend.ForceCommit(() => isCommitted = true);
        node.RunUntil(() => isCommitted, "a commit");
    }

    private static void Check(SteppedNode node)
    {
        using ReadHandle handle = node.Node.Reads.Acquire();
        BoltCheckReport report = handle.State.View.Transaction.Check();
        Assert.True(report.IsClean, report.ToString());
    }

    private static uint Hash(SteppedNode node)
    {
        Commit(node);
        using ReadHandle handle = node.Node.Reads.Acquire();
        Assert.Null(node.Node.Reads.HashKv(handle, 0, out HashKVResponse response, CancellationToken.None));
        return response.Hash;
    }

    private static int Overwritten(List<SteppedNode.Sent> sent) =>
        sent.Select(static request => request.Request.Put.Key.ToStringUtf8()).Distinct()
            .Count(static key => int.Parse(key.AsSpan(3), CultureInfo.InvariantCulture) % 10 == 0);

    private static long Length(SimulatedDisk disk)
    {
        using Netcd.Storage.Disk.IDiskFile file = disk.Open(DatabasePath, Netcd.Storage.Disk.DiskOpenMode.ReadOnly);
        return file.Length;
    }

    private static RangeRequest Everything() => new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) };

    private static bool IsRunning(SteppedNode node) => node.Node.Metrics.Backend.DefragmentationsRunning.Value > 0;

    private static long Ended(SteppedNode node) => node.Node.Metrics.Backend.Defragmentation.Cumulated()[^1];
}
