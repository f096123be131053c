using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>Requests of the KV service that are small to send and dear to carry out.</summary>
internal static class ClientAttacks
{
    private const int Keys = 100_000;
    private const int KeysPerTxn = 100;

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("H1 conditions over the whole store", static (attack, cluster, end) => WithKeysAsync(attack, cluster, Conditions, end)),
        new("H1 sorted ranges within a write", static (attack, cluster, end) => WithKeysAsync(attack, cluster, Ranges, end)),
        new("H4 transactions of 20,000 nested writes", NestedAsync),
    ];

    private static async Task WithKeysAsync(Attack attack, SiegeCluster cluster, Func<TxnRequest> make, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        KV.KVClient kv = new(channel);
        await FillAsync(kv, end).ConfigureAwait(false);
        TxnRequest request = make();
        await attack.RepeatAsync(2, async _ => await kv.TxnAsync(request, cancellationToken: end).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    private static async Task FillAsync(KV.KVClient kv, CancellationToken end) => await Parallel.ForAsync(
        0, Keys / KeysPerTxn, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = end }, async (part, stop) =>
        {
            TxnRequest txn = new();
            for (int i = 0; i < KeysPerTxn; i++)
            {
                txn.Success.Add(
                    new RequestOp { RequestPut = new PutRequest { Key = Bytes($"siege/{part:d5}/{i:d3}"), Value = Bytes($"{part * i}") } });
            }

            await kv.TxnAsync(txn, cancellationToken: stop).ConfigureAwait(false);
        }).ConfigureAwait(false);

    private static TxnRequest Conditions()
    {
        TxnRequest txn = new();
        for (int i = 0; i < 128; i++)
        {
            txn.Compare.Add(new Compare
            {
                Key = Bytes("siege/"),
                RangeEnd = Bytes("siege0"),
                Target = Compare.Types.CompareTarget.Value,
                Result = Compare.Types.CompareResult.NotEqual,
                Value = Bytes($"no {i}"),
            });
        }

        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("siege"), Value = Bytes("1") } });
        return txn;
    }

    private static TxnRequest Ranges()
    {
        TxnRequest txn = new();
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("siege"), Value = Bytes("1") } });
        for (int i = 0; i < 127; i++)
        {
            RangeRequest range = new()
            {
                Key = Bytes("siege/"),
                RangeEnd = Bytes("siege0"),
                Limit = 1 + i,
                SortTarget = RangeRequest.Types.SortTarget.Value,
                SortOrder = RangeRequest.Types.SortOrder.Ascend,
            };
            txn.Success.Add(new RequestOp { RequestRange = range });
        }

        return txn;
    }

    private static async Task NestedAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        KV.KVClient kv = new(channel);
        TxnRequest whole = new();
        for (int i = 0; i < 125; i++)
        {
            TxnRequest part = new();
            for (int j = 0; j < 100; j++)
            {
                part.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes($"n{i:d3}{j:d3}") } });
                part.Failure.Add(new RequestOp
                {
                    RequestDeleteRange = new DeleteRangeRequest { Key = Bytes($"n{i:d3}{j:d3}"), RangeEnd = Bytes($"n{i:d3}{j:d3}a") },
                });
            }

            whole.Success.Add(new RequestOp { RequestTxn = part });
        }

        await attack.RepeatAsync(2, async _ => await kv.TxnAsync(whole, cancellationToken: end).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    internal static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
