using System.Buffers.Binary;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Interop.Transport;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Hardening;

/// <summary>
/// A real member and a client that chooses its keys and ids to meet in tables, or to unbalance trees. What it costs is measured in time of
/// the processor, which other tests beside it do not change.
/// </summary>
public sealed class ChosenKeysTests : IDisposable
{
    private const int Watches = 20_000;
    private const int Leases = 20_000;
    private const byte EndOfStream = 1;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// C2 and H5: intervals in the order that makes a list of a tree whose priorities are known, with ids that meet in a table without
    /// a secret. A member with such a tree needs 20 seconds for the watches and two more for each put.
    /// </summary>
    [Fact]
    public async Task C2_H5_watches_with_chosen_intervals_and_ids_cost_no_more_than_others()
    {
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        TimeSpan before = ProcessorTime(netcd);
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call =
            new Watch.WatchClient(netcd.Channel).Watch(deadline: DateTime.UtcNow.AddSeconds(60));
        Task creating = Task.Run(async () =>
        {
            foreach ((int rank, int n) in Ranks(Watches).Select(static (rank, n) => (rank, n)))
            {
                WatchCreateRequest create = new()
                {
                    WatchId = ((long)(n + 1) << 32) | (uint)(n + 1),
                    Key = Key(rank),
                    RangeEnd = Key(rank + Watches),
                };
                await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create });
            }
        });
        for (int created = 0; created < Watches; created++)
        {
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.True(call.ResponseStream.Current.Created && !call.ResponseStream.Current.Canceled);
        }

        await creating;
        for (int put = 0; put < 5; put++)
        {
            KV.KVClient kv = new(netcd.Channel);
            await kv.PutAsync(
                new PutRequest { Key = Key(0), Value = ByteString.CopyFromUtf8("v" + put) }, deadline: DateTime.UtcNow.AddSeconds(30));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(ByteString.CopyFromUtf8("v" + put), Assert.Single(call.ResponseStream.Current.Events).Kv.Value);
        }

        Assert.InRange(ProcessorTime(netcd) - before, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    /// <summary>
    /// H5: among twenty thousand leases whose ids meet in a table without a secret, each look for another such id went past all of them,
    /// and
    /// the keep-alives took twenty times as long as those of other ids.
    /// </summary>
    [Fact]
    public async Task H5_keep_alives_of_chosen_lease_ids_cost_no_more_than_those_of_others()
    {
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await using RawHttp2 client = await RawHttp2.ConnectAsync(netcd.Port);
        byte[] granting = RawHttp2.HeadersOf("/etcdserverpb.Lease/LeaseGrant");
        for (int granted = 0; granted < Leases; granted += 1_000)
        {
            List<byte> calls = [];
            for (int n = granted + 1; n <= granted + 1_000; n++)
            {
                int stream = client.Open(calls, granting);
                calls.AddRange(RawHttp2.Frame(
                    RawHttp2.Data, EndOfStream, stream, RawCall.Frame(new LeaseGrantRequest { ID = MeetingId(n), TTL = 600 })));
            }

            await client.SendAsync(calls.ToArray());
            await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) == granted + 1_000));
        }

        Assert.Equal(Leases, (await new Lease.LeaseClient(netcd.Channel).LeaseLeasesAsync(new LeaseLeasesRequest())).Leases.Count);

        // The first of them is for what runs for the first time.
        await RenewAsync(netcd, client, static n => MeetingId(Leases + n));
        TimeSpan others = await RenewAsync(netcd, client, static n => (long)((ulong)n * 0x9e3779b97f4a7c15 >> 1));
        TimeSpan chosen = await RenewAsync(netcd, client, static n => MeetingId(Leases + n));
        Assert.True(
            chosen < (4 * others) + TimeSpan.FromMilliseconds(200),
            $"keep-alives of chosen ids take {chosen} of the processor, of others {others}");
    }

    /// <summary>H4: before, the first took 16 seconds of the processor and the second three.</summary>
    [Theory]
    [InlineData("keys that meet")]
    [InlineData("puts and deletions of each other's neighbours")]
    public async Task H4_the_check_of_a_transaction_costs_no_more_for_chosen_keys(string kind)
    {
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), "--max-txn-ops", "100000");
        TxnRequest txn = new();
        for (int n = 0; n < 1 << 14; n++)
        {
            if (kind == "keys that meet")
            {
                txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Meeting(n) } });
            }
            else
            {
                txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Key(2 * n) } });
                txn.Success.Add(
                    new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Key((2 * n) + 1), RangeEnd = Key((2 * n) + 2) } });
            }
        }

        // The last one puts a key twice: so the check is all that the member does with it.
        txn.Success.Add(txn.Success[0].Clone());
        using HttpClient client = RawCall.Open(netcd);
        RawCall call = new("/etcdserverpb.KV/Txn", RawCall.Frame(txn));
        Assert.Equal("3", (await call.SendAsync(client)).Status);
        TimeSpan before = ProcessorTime(netcd);
        for (int i = 0; i < 3; i++)
        {
            RawAnswer answer = await call.SendAsync(client);
            Assert.Equal(("3", "etcdserver: duplicate key given in txn request"), (answer.Status, answer.Message));
        }

        Assert.InRange(ProcessorTime(netcd) - before, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    /// <summary>Asks to renew as many leases as there are, none of which exists, and gives the time of the processor that it
    /// took.</summary>
    private static async Task<TimeSpan> RenewAsync(ServerProcess server, RawHttp2 client, Func<int, long> idOf)
    {
        // What answers one stream fits into its window.
        const int PerStream = 500;
        byte[] headers = RawHttp2.HeadersOf("/etcdserverpb.Lease/LeaseKeepAlive");
        List<byte> calls = [];
        for (int first = 1; first <= Leases; first += PerStream)
        {
            int stream = client.Open(calls, headers);
            byte[] renewals = [.. Enumerable.Range(first, PerStream)
                .SelectMany(n => RawCall.Frame(new LeaseKeepAliveRequest { ID = idOf(n) }))];
            calls.AddRange(RawHttp2.Frame(RawHttp2.Data, EndOfStream, stream, renewals));
        }

        long before = client.Count(RawHttp2.Headers);
        TimeSpan begun = ProcessorTime(server);
        await client.SendAsync(calls.ToArray());
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Headers) == before + (2 * Leases / PerStream)));
        return ProcessorTime(server) - begun;
    }

    /// <summary>The halves of each of them cancel each other out in the hash of a number that has no secret.</summary>
    private static long MeetingId(int n) => ((long)n << 32) | (uint)n;

    private static TimeSpan ProcessorTime(ServerProcess server)
    {
        using Process process = Process.GetProcessById(server.Id);
        return process.TotalProcessorTime;
    }

    private static ByteString Key(int number)
    {
        byte[] key = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(key, number + 1);
        return ByteString.CopyFrom(key);
    }

    /// <summary>"Aa" and "BB" have one hash in a sum of powers of 31, and so has each chain of them.</summary>
    private static ByteString Meeting(int n) =>
        ByteString.CopyFromUtf8(string.Concat(Enumerable.Range(0, 14).Select(pair => (n & (1 << pair)) == 0 ? "Aa" : "BB")));

    private static int[] Ranks(int count)
    {
        uint priority = 2_463_534_242;
        uint[] priorities = new uint[count];
        for (int n = 0; n < count; n++)
        {
            priority ^= priority << 13;
            priority ^= priority >> 17;
            priority ^= priority << 5;
            priorities[n] = priority;
        }

        int[] ranks = new int[count];
        int rank = 0;
        foreach (int n in Enumerable.Range(0, count).OrderByDescending(n => priorities[n]))
        {
            ranks[n] = rank++;
        }

        return ranks;
    }
}
