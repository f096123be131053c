using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>Streams and large answers: asked for in numbers, read slowly or not at all, given up at once.</summary>
internal static class StreamAttacks
{
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("C2 watches of keys in an order of the attacker's", WatchesAsync),
        new("H3 snapshots that nobody reads", SnapshotsAsync),
        new("M1 sums that nobody waits for", SumsAsync),
        new("M2 large ranges that nobody reads", RangesAsync),
    ];

    private static async Task WatchesAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        await attack.RepeatAsync(4, async index =>
        {
            using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call = new Watch.WatchClient(channel).Watch(cancellationToken: end);
            Task reading = Task.Run(
                async () =>
                {
                    while (await call.ResponseStream.MoveNext(end).ConfigureAwait(false))
                    {
                    }
                },
                end);
            for (int i = 0; i < 10_000; i++)
            {
                // Nested intervals up to the keys of the others, in ascending, descending and alternating order of their starts.
                int at = index switch { 0 => i, 1 => 10_000 - i, 2 => i % 2 == 0 ? i : 10_000 - i, _ => 0 };
                WatchCreateRequest create = new()
                {
                    Key = ClientAttacks.Bytes($"goo/{at:d6}"),
                    RangeEnd = ClientAttacks.Bytes($"good.{10_000 - i:d6}"),
                };
                await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }, end).ConfigureAwait(false);
                attack.Count();
            }

            await reading.ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static async Task SnapshotsAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        List<AsyncServerStreamingCall<SnapshotResponse>> calls = [];
        try
        {
            for (int i = 0; i < 200; i++)
            {
                calls.Add(new Maintenance.MaintenanceClient(channel).Snapshot(new SnapshotRequest(), cancellationToken: end));
                attack.Count();
            }

            await Task.Delay(Timeout.Infinite, end).ConfigureAwait(false);
        }
        finally
        {
            calls.ForEach(static call => call.Dispose());
        }
    }

    private static async Task SumsAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        await attack.RepeatAsync(40, async _ =>
        {
            using CancellationTokenSource soon = CancellationTokenSource.CreateLinkedTokenSource(end);
            soon.CancelAfter(TimeSpan.FromMilliseconds(50));
            await new Maintenance.MaintenanceClient(channel).HashKVAsync(new HashKVRequest(), cancellationToken: soon.Token)
                .ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static async Task RangesAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        RangeRequest all = new() { Key = ClientAttacks.Bytes("\0"), RangeEnd = ClientAttacks.Bytes("\0"), Serializable = true };
        await attack.RepeatAsync(20, async _ =>
        {
            using CancellationTokenSource soon = CancellationTokenSource.CreateLinkedTokenSource(end);
            soon.CancelAfter(TimeSpan.FromMilliseconds(300));
            await new KV.KVClient(channel).RangeAsync(all, cancellationToken: soon.Token).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
