using System.Globalization;
using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Node;

/// <summary>
/// The whole engine of one member over the simulated disk: puts, deletions, compactions and raft snapshots, then a power
/// failure at any operation of the disk. Whatever was acknowledged is there after the restart, at its revision.
/// </summary>
public sealed class NodeCrashTests
{
    private const int Requests = 160;
    private const int Keys = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_was_acknowledged_survives_a_power_failure_at_any_operation(int seed)
    {
        SimulatedDisk disk = new();
        List<Acknowledged> history = RunWorkload(disk, seed);
        Assert.True(history.Count > Requests / 2);
        int step = Math.Max(1, disk.OperationCount / 150);
        for (int operations = 1 + (seed % step); operations <= disk.OperationCount; operations += step)
        {
            foreach (UnflushedFate fate in Enum.GetValues<UnflushedFate>())
            {
                SimulatedDisk image = disk.Crash(new SimulatedDiskCrash
                {
                    Operations = operations,
                    Fate = fate,
                    Seed = (ulong)((seed * 1_000_000) + operations),
                });
                CheckImage(image, seed, history, operations);
            }
        }
    }

    [Theory]
    [InlineData(21)]
    [InlineData(23)]
    public void What_was_acknowledged_survives_a_power_failure_at_any_operation_of_a_defragmentation(int seed)
    {
        SimulatedDisk disk = new();
        List<Acknowledged> history = RunWorkload(disk, seed, valueBytes: 12_000, isDefragmented: true);
        long[] lengths = [.. disk.Log
            .Where(static o => o.Kind == SimulatedDiskOperationKind.SetLength && o.Path.EndsWith("/db", StringComparison.Ordinal))
            .Select(static o => o.Length)];
        Assert.Contains(lengths.Zip(lengths.Skip(1)), static pair => pair.Second < pair.First);
        int step = Math.Max(1, disk.OperationCount / 150);
        for (int operations = 1 + (seed % step); operations <= disk.OperationCount; operations += step)
        {
            foreach (UnflushedFate fate in Enum.GetValues<UnflushedFate>())
            {
                ulong chance = (ulong)((seed * 1_000_000) + operations);
                SimulatedDiskCrash crash = new() { Operations = operations, Fate = fate, Seed = chance };
                CheckImage(disk.Crash(crash), seed, history, operations);
            }
        }
    }

    [Fact]
    public void A_restart_after_a_clean_stop_keeps_everything()
    {
        SimulatedDisk disk = new(keepLog: false);
        using (SteppedNode first = new(disk, 5))
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.Null(first.Run(SteppedNode.Put($"key{i}", "value")).Error);
            }

            bool isCommitted = false;
            first.Node.Backend.ForceCommit(() => isCommitted = true);
            first.RunUntil(() => isCommitted, "commit");
        }

        using SteppedNode second = new(disk, 6);
        RangeResponse all = second.Read(Everything());
        Assert.Equal(100, all.Count);
        Assert.Equal(101, all.Header.Revision);
    }

    [Fact]
    public void A_read_after_a_restart_waits_for_what_the_log_holds_beyond_the_backend()
    {
        SimulatedDisk disk = new();
        SteppedNode.Sent last;
        using (SteppedNode first = new(disk, 7))
        {
            for (int i = 0; i < 10; i++)
            {
                Assert.Null(first.Run(SteppedNode.Put("key", i.ToString(CultureInfo.InvariantCulture))).Error);
            }

            last = first.Propose(SteppedNode.Put("key", "last"));
            first.RunUntil(() => last.IsDone, "put");
            first.Propose(SteppedNode.Put("key", "never acknowledged"));
            first.RunUntil(() => disk.OperationCount > last.AnsweredAtOperation, "the next write");
        }

        SimulatedDisk image = disk.Crash(
            new SimulatedDiskCrash { Operations = last.AnsweredAtOperation + 1, TornBytes = 0, Fate = UnflushedFate.Dropped });
        using SteppedNode second = new(image, 8);
        RangeResponse read = second.Read(new RangeRequest { Key = ByteString.CopyFromUtf8("key") });
        Assert.Equal("last", read.Kvs[0].Value.ToStringUtf8());
    }

    private static List<Acknowledged> RunWorkload(SimulatedDisk disk, int seed, int valueBytes = 0, bool isDefragmented = false)
    {
        Random random = new(seed);
        using SteppedNode node = new(disk, seed);
        int asked = 0;
        int done = 0;
        List<SteppedNode.Sent> sent = [];
        for (int i = 0; i < Requests; i++)
        {
            sent.Add(node.Propose(RandomRequest(random, i, valueBytes)));
            if (isDefragmented && random.Next(8) == 0)
            {
                asked++;
                node.Node.Backend.Defragment(error => done += error is null ? 1 : 0);
            }

            for (int steps = random.Next(60); steps > 0; steps--)
            {
                node.StepOne();
            }
        }

        node.RunUntil(() => done == asked && sent.TrueForAll(request => request.IsDone), "all requests");
        List<Acknowledged> history = [];
        foreach (SteppedNode.Sent request in sent.Where(request => request.Result.Error is null))
        {
            history.Add(new Acknowledged(request.Request, RevisionOf(request.Result), request.AnsweredAtOperation));
        }

        return history;
    }

    private static InternalRaftRequest RandomRequest(Random random, int number, int valueBytes) => random.Next(20) switch
    {
        0 => new InternalRaftRequest
        {
            Compaction = new CompactionRequest { Revision = Math.Max(1, valueBytes == 0 ? number / 2 : number - 20) },
        },
        1 or 2 => new InternalRaftRequest
        {
            DeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8($"key{random.Next(Keys)}") },
        },
        _ => SteppedNode.Put($"key{random.Next(Keys)}", $"value{number}" + new string('.', valueBytes)),
    };

    private static long RevisionOf(ApplyResult result) => result.Response switch
    {
        PutResponse put => put.Header.Revision,
        DeleteRangeResponse delete => delete.Header.Revision,
        CompactionResponse compaction => compaction.Header.Revision,
        _ => throw new InvalidOperationException("no such request was sent"),
    };

    private static void CheckImage(SimulatedDisk image, int seed, List<Acknowledged> history, int operations)
    {
        using SteppedNode node = new(image, seed + 100);
        RangeResponse all = node.Read(Everything());
        List<Acknowledged> durable = [.. history.Where(request => request.AnsweredAtOperation < operations)];
        string where = $"seed {seed}, operation {operations}";
        Assert.True(durable.Count == 0 || all.Header.Revision >= durable.Max(request => request.Revision), $"revision went back: {where}");
        foreach (Acknowledged put in durable.Where(request => request.Request.Put is not null))
        {
            ByteString key = put.Request.Put.Key;
            bool isOverwritten = history.Exists(later => later.Revision > put.Revision && Touches(later.Request, key));
            KeyValue? found = all.Kvs.FirstOrDefault(kv => kv.Key == key);
            if (!isOverwritten)
            {
                Assert.True(found is not null, $"{key.ToStringUtf8()} is lost: {where}");
                Assert.Equal(put.Request.Put.Value, found.Value);
                Assert.Equal(put.Revision, found.ModRevision);
            }
            else
            {
                Assert.True(found is null || found.ModRevision >= put.Revision, $"{key.ToStringUtf8()} went back: {where}");
            }
        }

        Assert.Null(node.Run(SteppedNode.Put("after", "crash")).Error);
    }

    private static bool Touches(InternalRaftRequest request, ByteString key) =>
        request.Put?.Key == key || request.DeleteRange?.Key == key;

    private static RangeRequest Everything() => new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) };

    private sealed record Acknowledged(InternalRaftRequest Request, long Revision, int AnsweredAtOperation);
}
