using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Hardening;

/// <summary>
/// Requests that are small to send and dear to answer keep neither the leader from its followers nor anybody from writing: those that
/// hold up the order of the log (finding H1), and those that ask for tables of the engine (finding H10).
/// </summary>
public sealed class EngineThreadTests
{
    private const int Keys = 60_000;
    private const int KeysPerTxn = 120;
    private const long Lease = 0x5eed;

    [Fact]
    public async Task H1_H10_dear_requests_of_one_client_move_no_leader_and_fail_no_write()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, ProcessCluster.SlowElections);
        ClusterMember leader = await cluster.LeaderAsync();
        await FillAsync(leader);
        ulong term = await TermAsync(leader);

        // The bound in the engine is two hundred thousand records.
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(
            () => new KV.KVClient(leader.Channel).TxnAsync(Comparing(4)).ResponseAsync);
        Assert.Equal((StatusCode.InvalidArgument, "etcdserver: request is too large"), (refusal.StatusCode, refusal.Status.Detail));

        Task[] dear =
        [
            .. Enumerable.Range(0, 3).Select(_ => IgnoreAsync(() => new KV.KVClient(leader.Channel).TxnAsync(Comparing(3)).ResponseAsync)),
            .. Enumerable.Range(0, 3).Select(_ => IgnoreAsync(() => new KV.KVClient(leader.Channel).TxnAsync(Reading(6)).ResponseAsync)),
            .. Enumerable.Range(0, 60).Select(_ => IgnoreAsync(() => new Protocol.V3.Lease.LeaseClient(leader.Channel)
                .LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = Lease, Keys = true }).ResponseAsync)),
        ];
        Task all = Task.WhenAll(dear);
        long longest = 0;
        int written = 0;
        do
        {
            long begun = Stopwatch.GetTimestamp();
            await leader.Channel.PutAsync("other", "1");
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(begun).Ticks);
            written++;
        }
        while (!all.IsCompleted);
        await all;

        // All of the keys go in one entry, and others write before, behind and while it is applied.
        await new Protocol.V3.Lease.LeaseClient(leader.Channel).LeaseRevokeAsync(new LeaseRevokeRequest { ID = Lease });
        Assert.Equal(term, await TermAsync(leader));
        Assert.True(written > 1, "no write came in between");
        Assert.True(longest < TimeSpan.FromSeconds(6).Ticks, $"a write took {TimeSpan.FromTicks(longest)}");
        await cluster.AssertSameEverywhereAsync();
    }

    private static TxnRequest Comparing(int conditions)
    {
        TxnRequest txn = new();
        for (int i = 0; i < conditions; i++)
        {
            txn.Compare.Add(new Compare
            {
                Key = Bytes("k"),
                RangeEnd = Bytes("l"),
                Target = Compare.Types.CompareTarget.Value,
                Result = Compare.Types.CompareResult.NotEqual,
                Value = Bytes($"no {i}"),
            });
        }

        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("compared"), Value = Bytes("1") } });
        return txn;
    }

    private static TxnRequest Reading(int ranges)
    {
        TxnRequest txn = new();
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("read"), Value = Bytes("1") } });
        for (int i = 0; i < ranges; i++)
        {
            RangeRequest range = new()
            {
                Key = Bytes("k"),
                RangeEnd = Bytes("l"),
                Limit = 10 + i,
                SortTarget = RangeRequest.Types.SortTarget.Value,
                SortOrder = RangeRequest.Types.SortOrder.Descend,
            };
            txn.Success.Add(new RequestOp { RequestRange = range });
        }

        return txn;
    }

    private static async Task FillAsync(ClusterMember member)
    {
        await new Protocol.V3.Lease.LeaseClient(member.Channel).LeaseGrantAsync(new LeaseGrantRequest { ID = Lease, TTL = 600 });
        KV.KVClient kv = new(member.Channel);
        await Parallel.ForAsync(0, Keys / KeysPerTxn, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (part, stop) =>
        {
            TxnRequest txn = new();
            for (int i = 0; i < KeysPerTxn; i++)
            {
                PutRequest put = new() { Key = Bytes($"k{part:d5}-{i:d3}"), Value = Bytes($"{(part * 7919) + i}"), Lease = Lease };
                txn.Success.Add(new RequestOp { RequestPut = put });
            }

            await kv.TxnAsync(txn, cancellationToken: stop);
        });
    }

    private static async Task<ulong> TermAsync(ClusterMember member) =>
        (await new Maintenance.MaintenanceClient(member.Channel).StatusAsync(new StatusRequest())).RaftTerm;

    /// <summary>What becomes of them is not what is asked: many answers are larger than the client takes.</summary>
    private static async Task IgnoreAsync<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
        }
        catch (RpcException)
        {
        }
    }

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
