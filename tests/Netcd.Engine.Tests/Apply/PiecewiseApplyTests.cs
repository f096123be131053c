using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Apply;

/// <summary>
/// One request must not keep the engine's thread from raft, deadlines and leases (finding H1): what takes long is applied in pieces, and
/// the pieces change nothing of the result.
/// </summary>
public sealed class PiecewiseApplyTests
{
    private const int WorkPerStep = 50;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 7)]
    [InlineData(4, 2)]
    public void The_size_of_the_pieces_changes_no_answer_and_no_state(int seed, int workPerStep)
    {
        SimulatedDisk disk = new(keepLog: false);
        SimulatedDisk otherDisk = new(keepLog: false);
        using SteppedNode whole = new(disk, seed);
        using SteppedNode pieces = new(otherDisk, seed + 100, applyWorkPerStep: workPerStep);
        Random random = new(seed);
        for (int i = 0; i < 300; i++)
        {
            InternalRaftRequest request = Next(random, i);
            ApplyResult expected = whole.Run(request.Clone());
            ApplyResult given = pieces.Run(request.Clone());
            Assert.True(expected.Error == given.Error, $"request {i}: {expected.Error?.Message} and {given.Error?.Message}");
            Assert.True(Equals(expected.Response, given.Response), $"request {i}: {expected.Response} and {given.Response}");
        }

        Assert.Equal(Hash(whole), Hash(pieces));
    }

    [Fact]
    public void H1_a_transaction_that_compares_all_keys_leaves_the_thread_after_each_piece()
    {
        using SteppedNode node = Filled(300);
        TxnRequest txn = new();
        for (int i = 0; i < 20; i++)
        {
            txn.Compare.Add(new Compare
            {
                Key = Bytes("k"),
                RangeEnd = Bytes("l"),
                Target = Compare.Types.CompareTarget.Value,
                Result = Compare.Types.CompareResult.NotEqual,
                Value = Bytes("x"),
            });
        }

        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("done"), Value = Bytes("1") } });
        (int steps, long most, ApplyResult result) = RunCounted(node, new InternalRaftRequest { Txn = txn });
        Assert.True(((TxnResponse)result.Response!).Succeeded);
        Assert.True(steps >= 20 * 300 / WorkPerStep, $"{steps} steps");
        Assert.True(most <= 2 * WorkPerStep, $"a step did {most} units of work");
    }

    [Fact]
    public void H1_a_deletion_of_all_keys_leaves_the_thread_after_each_piece()
    {
        using SteppedNode node = Filled(600);
        InternalRaftRequest request = new() { DeleteRange = new DeleteRangeRequest { Key = Bytes("k"), RangeEnd = Bytes("l") } };
        (int steps, long most, ApplyResult result) = RunCounted(node, request);
        Assert.Equal(600, ((DeleteRangeResponse)result.Response!).Deleted);
        Assert.True(steps >= 600 / WorkPerStep, $"{steps} steps");
        Assert.True(most <= 2 * WorkPerStep, $"a step did {most} units of work");
    }

    [Fact]
    public void H1_the_end_of_a_lease_with_many_keys_leaves_the_thread_after_each_piece()
    {
        using SteppedNode node = Filled(1);
        node.Run(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 77, TTL = 1_000 } });
        for (int i = 0; i < 500; i++)
        {
            node.Run(new InternalRaftRequest { Put = new PutRequest { Key = Bytes($"on-{i:d5}"), Value = Bytes("v"), Lease = 77 } });
        }

        (int steps, long most, _) = RunCounted(node, new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 77 } });
        Assert.True(steps >= 500 / WorkPerStep, $"{steps} steps");
        Assert.True(most <= 2 * WorkPerStep, $"a step did {most} units of work");
        Assert.Equal(0, node.Read(new RangeRequest { Key = Bytes("on-"), RangeEnd = Bytes("on."), CountOnly = true }).Count);
        Assert.Equal(EtcdErrors.LeaseNotFound, node.Answer(LeaseQuery.Inspect, 77).Error);
    }

    [Fact]
    public void H1_a_request_behind_one_that_takes_long_ends_at_its_deadline()
    {
        using SteppedNode node = Filled(300);
        SteppedNode.Sent slow = node.Propose(
            new InternalRaftRequest { DeleteRange = new DeleteRangeRequest { Key = Bytes("k"), RangeEnd = Bytes("l") } });
        node.RunUntil(() => Applying(node), "the deletion to begin");
        SteppedNode.Sent impatient = node.Propose(SteppedNode.Put("behind", "1"), timeoutMilliseconds: 100);
        string[] others = ["consensus", "log", "backend", "leases"];
        for (int i = 0; !impatient.IsDone; i++)
        {
            Assert.True(i < 1_000, "the wait does not end");
            Assert.False(slow.IsDone, "the deletion was through before the deadline: it proves nothing");
            node.StandStill(200);
            node.Step(others[i % others.Length]);
            if (i % 40 == 0)
            {
                node.Step("apply");
            }
        }

        Assert.Equal(EtcdErrors.DeadlineExceeded, impatient.Result.Error);
        node.RunUntil(() => slow.IsDone, "the deletion");
    }

    [Fact]
    public void H1_ranges_within_a_write_are_read_on_another_thread_and_show_the_state_of_their_place()
    {
        using SteppedNode node = Filled(200);
        RangeRequest all = new()
        {
            Key = Bytes("k"),
            RangeEnd = Bytes("l"),
            SortTarget = RangeRequest.Types.SortTarget.Value,
            SortOrder = RangeRequest.Types.SortOrder.Descend,
        };
        TxnRequest txn = new();
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("k-first"), Value = Bytes("z1") } });
        txn.Success.Add(new RequestOp { RequestRange = all });
        txn.Success.Add(
            new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Bytes("k"), RangeEnd = Bytes("l"), PrevKv = true } });
        txn.Success.Add(new RequestOp { RequestRange = all });
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("m"), Value = Bytes("z2") } });
        SteppedNode.Sent sent = node.Propose(new InternalRaftRequest { Txn = txn });
        long before = node.Node.Revision;
        for (int i = 0; node.Node.Revision == before; i++)
        {
            Assert.True(i < 1_000, "the transaction is not applied");
            StepAllBut(node, "answers");
        }

        // It is applied, visible and may be committed; what it has read is only read when the stage of the answers has its turn.
        Assert.False(sent.IsDone);
        node.RunUntil(() => sent.IsDone, "the answer");
        TxnResponse response = (TxnResponse)sent.Result.Response!;
        Assert.Equal(201, response.Responses[1].ResponseRange.Count);
        Assert.Equal("k-first", response.Responses[1].ResponseRange.Kvs[0].Key.ToStringUtf8());
        Assert.Equal(201, response.Responses[2].ResponseDeleteRange.PrevKvs.Count);
        Assert.Equal(201, response.Responses[2].ResponseDeleteRange.Deleted);
        Assert.Empty(response.Responses[3].ResponseRange.Kvs);
    }

    [Fact]
    public void H1_conditions_over_too_many_keys_are_refused_before_they_hold_up_anybody()
    {
        using SteppedNode node = Filled(200);
        int most = (int)(Limits.MaxComparedRecords / 200);
        Assert.Null(node.Node.Proposals.CheckCost(Conditions(most)));
        Assert.Equal(EtcdErrors.RequestTooLarge, node.Node.Proposals.CheckCost(Conditions(most + 1)));
        TxnRequest nested = new();
        nested.Failure.Add(new RequestOp { RequestTxn = Conditions(most + 1) });
        Assert.Equal(EtcdErrors.RequestTooLarge, node.Node.Proposals.CheckCost(nested));
        Assert.Null(node.Node.Proposals.CheckCost(Conditions(10 * most, Compare.Types.CompareTarget.Mod)));
    }

    [Fact]
    public void H1_conditions_that_are_on_their_way_have_a_bound_in_all_whatever_their_callers_do()
    {
        using SteppedNode node = Filled(200);
        node.Run(SteppedNode.Put("a", "1"));
        int half = (int)(Limits.MaxComparedRecords / 200 * 6 / 10);
        SteppedNode.Sent first = node.Propose(new InternalRaftRequest { Txn = Conditions(half) }, timeoutMilliseconds: 1);
        SteppedNode.Sent second = node.Propose(new InternalRaftRequest { Txn = Conditions(half) });
        Assert.False(first.IsDone);
        Assert.Equal(EtcdErrors.TooManyRequests, second.Result.Error);

        // Its caller has gone; its conditions have yet to be looked at.
        node.StandStill(5_000);
        node.Step("consensus");
        node.Step("apply");
        node.StandStill(1_000);
        node.Step("apply");
        Assert.True(first.IsDone);
        Assert.Equal(EtcdErrors.TooManyRequests, node.Propose(new InternalRaftRequest { Txn = Conditions(half) }).Result.Error);
        long before = node.Node.Revision;
        node.RunUntil(() => node.Node.Revision > before, "the first");
        Assert.False(node.Propose(new InternalRaftRequest { Txn = Conditions(half) }).IsDone);
    }

    private static TxnRequest Conditions(int count, Compare.Types.CompareTarget target = Compare.Types.CompareTarget.Value)
    {
        TxnRequest txn = new();
        Compare all = new() { Key = Bytes("k"), RangeEnd = Bytes("l"), Target = target, Result = Compare.Types.CompareResult.NotEqual };
        txn.Compare.AddRange(Enumerable.Repeat(all, count));
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("a"), Value = Bytes("held") } });
        return txn;
    }

    /// <summary>Whether the apply stage is within an entry: it then wants to go on at once.</summary>
    private static bool Applying(SteppedNode node)
    {
        long before = node.Node.ApplyWorkDone;
        node.Step("apply");
        return node.Node.ApplyWorkDone - before >= WorkPerStep;
    }

    private static void StepAllBut(SteppedNode node, string name)
    {
        node.StandStill(1);
        foreach (string stage in node.Node.Stages.Select(static stage => stage.Name).Where(stage => stage != name))
        {
            node.Step(stage);
        }
    }

    /// <summary>Runs a request; tells how many steps of the apply stage it took, and the most work that one of them did.</summary>
    private static (int Steps, long Most, ApplyResult Result) RunCounted(SteppedNode node, InternalRaftRequest request)
    {
        SteppedNode.Sent sent = node.Propose(request);
        (int steps, long most) = (0, 0);
        while (!sent.IsDone)
        {
            Assert.True(steps < 10_000, "no end");
            long before = node.Node.ApplyWorkDone;
            StepAllBut(node, "");
            long done = node.Node.ApplyWorkDone - before;
            steps += done > 0 ? 1 : 0;
            most = Math.Max(most, done);
        }

        return (steps, most, sent.Result);
    }

    private static SteppedNode Filled(int keys)
    {
        SteppedNode node = new(new SimulatedDisk(keepLog: false), seed: 5, applyWorkPerStep: WorkPerStep);
        for (int i = 0; i < keys; i++)
        {
            node.Run(SteppedNode.Put($"k{i:d5}", $"v{i}"));
        }

        return node;
    }

    private static uint Hash(SteppedNode node)
    {
        node.Read(new RangeRequest { Key = Bytes("a") });
        using ReadHandle handle = node.Node.Reads.Acquire();
        Assert.Null(node.Node.Reads.HashKv(handle, 0, out HashKVResponse response));
        return response.Hash;
    }

    private static InternalRaftRequest Next(Random random, int number) => random.Next(12) switch
    {
        < 4 => SteppedNode.Put(Key(random), $"v{number}"),
        4 => new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = random.Next(1, 4), TTL = 100_000 } },
        5 => new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = random.Next(1, 4) } },
        6 => new InternalRaftRequest { DeleteRange = Deletion(random) },
        7 => new InternalRaftRequest
        {
            Put = new PutRequest { Key = Bytes(Key(random)), Value = Bytes($"v{number}"), PrevKv = true, Lease = random.Next(4) },
        },
        _ => new InternalRaftRequest { Txn = Txn(random, number, depth: 0) },
    };

    private static TxnRequest Txn(Random random, int number, int depth)
    {
        TxnRequest txn = new();
        for (int i = random.Next(3); i > 0; i--)
        {
            txn.Compare.Add(Condition(random));
        }

        Fill(txn.Success, random, number, depth);
        Fill(txn.Failure, random, number, depth);
        return txn;
    }

    private static void Fill(Google.Protobuf.Collections.RepeatedField<RequestOp> branch, Random random, int number, int depth)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            branch.Add(random.Next(8) switch
            {
                < 3 => new RequestOp
                {
                    RequestPut = new PutRequest
                    {
                        Key = Bytes(Key(random)),
                        Value = Bytes($"t{number}"),
                        PrevKv = random.Next(2) == 0,
                        Lease = random.Next(3) == 0 ? random.Next(4) : 0,
                    },
                },
                3 => new RequestOp { RequestDeleteRange = Deletion(random) },
                4 when depth < 3 => new RequestOp { RequestTxn = Txn(random, number, depth + 1) },
                5 => new RequestOp(),
                _ => new RequestOp { RequestRange = Interval(random, random.Next(3)) },
            });
        }
    }

    private static RangeRequest Interval(Random random, int limit) => new()
    {
        Key = Bytes("k"),
        RangeEnd = random.Next(3) == 0 ? ByteString.Empty : Bytes(Key(random)),
        Limit = limit,
        SortOrder = (RangeRequest.Types.SortOrder)random.Next(3),
        SortTarget = (RangeRequest.Types.SortTarget)random.Next(5),
    };

    private static DeleteRangeRequest Deletion(Random random) => new()
    {
        Key = Bytes(Key(random)),
        RangeEnd = random.Next(2) == 0 ? Bytes(Key(random)) : ByteString.Empty,
        PrevKv = random.Next(2) == 0,
    };

    private static Compare Condition(Random random)
    {
        Compare compare = new()
        {
            Key = Bytes(Key(random)),
            RangeEnd = random.Next(2) == 0 ? Bytes("l") : ByteString.Empty,
            Result = (Compare.Types.CompareResult)random.Next(4),
        };
        switch (random.Next(5))
        {
            case 0:
                compare.Target = Compare.Types.CompareTarget.Value;
                compare.Value = Bytes("v1");
                break;
            case 1:
                compare.Target = Compare.Types.CompareTarget.Mod;
                compare.ModRevision = random.Next(200);
                break;
            case 2:
                compare.Target = Compare.Types.CompareTarget.Create;
                compare.CreateRevision = random.Next(200);
                break;
            case 3:
                compare.Target = Compare.Types.CompareTarget.Lease;
                compare.Lease = random.Next(4);
                break;
            default:
                compare.Target = Compare.Types.CompareTarget.Version;
                compare.Version = random.Next(3);
                break;
        }

        return compare;
    }

    private static string Key(Random random) => $"k{random.Next(30):d2}";

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
