using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>What leases can be used for.</summary>
internal static class LeaseAttacks
{
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("H5 lease ids that meet in a hash table", CollidingIdsAsync),
        new("H6 keep-alive streams at a follower", KeepAlivesAsync),
        new("H10 keys of a large lease, and lists of leases", TablesAsync),
    ];

    private static async Task CollidingIdsAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        Lease.LeaseClient leases = new(channel);
        int next = 0;
        Task granting = attack.RepeatAsync(4, async _ =>
        {
            long half = Interlocked.Increment(ref next);
            await leases.LeaseGrantAsync(new LeaseGrantRequest { ID = (half << 32) | half, TTL = 30 }, cancellationToken: end)
                .ConfigureAwait(false);
        });
        Task renewing = attack.RepeatAsync(4, async index =>
        {
            using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = leases.LeaseKeepAlive(
                cancellationToken: end);
            for (long half = 1_000_000 * (index + 1); half < (1_000_000 * (index + 1)) + 2_000; half++)
            {
                await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = (half << 32) | half }, end).ConfigureAwait(false);
            }

            await call.ResponseStream.MoveNext(end).ConfigureAwait(false);
        });
        await Task.WhenAll(granting, renewing).ConfigureAwait(false);
    }

    private static async Task KeepAlivesAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Follower.Connect();
        Lease.LeaseClient leases = new(channel);
        long id = (await leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 600 }, cancellationToken: end).ConfigureAwait(false)).ID;
        await attack.RepeatAsync(50, async _ =>
        {
            using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = leases.LeaseKeepAlive(
                cancellationToken: end);
            for (int i = 0; i < 64; i++)
            {
                await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id }, end).ConfigureAwait(false);
            }

            for (int i = 0; i < 64; i++)
            {
                await call.ResponseStream.MoveNext(end).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private static async Task TablesAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        Lease.LeaseClient leases = new(channel);
        KV.KVClient kv = new(channel);
        long id = (await leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 600 }, cancellationToken: end).ConfigureAwait(false)).ID;
        await Parallel.ForAsync(0, 800, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = end }, async (part, stop) =>
        {
            TxnRequest txn = new();
            for (int i = 0; i < 100; i++)
            {
                txn.Success.Add(
                    new RequestOp { RequestPut = new PutRequest { Key = ClientAttacks.Bytes($"leased/{part:d4}/{i}"), Lease = id } });
            }

            await kv.TxnAsync(txn, cancellationToken: stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
        Task keys = attack.RepeatAsync(20, async _ =>
            await leases.LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = id, Keys = true }, cancellationToken: end)
                .ConfigureAwait(false));
        Task lists = attack.RepeatAsync(
            20, async _ => await leases.LeaseLeasesAsync(new LeaseLeasesRequest(), cancellationToken: end).ConfigureAwait(false));
        await Task.WhenAll(keys, lists).ConfigureAwait(false);
    }
}
