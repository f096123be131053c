using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Client.Watching;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.ClientTests.Watching;

/// <summary>What became of keys, as the store itself has it: read revision by revision, and not from a watch.</summary>
internal static class History
{
    /// <summary>
    /// Holds a watch's batches against the store: each revision that changed one of the keys is there once, in order and whole, and no
    /// other.
    /// </summary>
    /// <param name="server">The store.</param>
    /// <param name="prefix">The keys.</param>
    /// <param name="since">The revision after which the watch began.</param>
    /// <param name="batches">What the watch gave.</param>
    public static async Task CheckAsync(GrpcChannel server, string prefix, long since, IReadOnlyList<WatchBatch> batches)
    {
        RangeResponse now = await server.PrefixAsync(prefix);
        List<string> expected = [];
        Dictionary<string, KeyValue> before = await AtAsync(server, prefix, since);
        for (long revision = since + 1; revision <= now.Header.Revision; revision++)
        {
            Dictionary<string, KeyValue> after = await AtAsync(server, prefix, revision);
            string[] changes =
            [
                .. after.Values.Where(kv => kv.ModRevision == revision)
                    .Select(static kv => $"put {kv.Key.ToStringUtf8()}={kv.Value.ToStringUtf8()}"),
                .. before.Keys.Where(key => !after.ContainsKey(key)).Select(static key => $"delete {key}="),
            ];
            if (changes.Length > 0)
            {
                expected.Add($"{revision}: {string.Join(", ", changes.Order(StringComparer.Ordinal))}");
            }

            before = after;
        }

        Assert.Equal(expected, batches.Where(static batch => batch.Kind == WatchBatchKind.Events).Select(Told));
        Assert.All(batches.SelectMany(batch => batch.Events.Select(change => (batch, change))), static pair =>
            Assert.Equal(pair.batch.Revision, pair.change.KeyValue.ModRevision));
        Assert.All(batches, static batch => Assert.True(batch.Header.Revision >= batch.Revision && batch.Header.ClusterId != 0));
    }

    private static string Told(WatchBatch batch) => $"{batch.Revision}: " + string.Join(", ", batch.Events
        .Select(static change => $"{(change.Type == WatchEventType.Put ? "put" : "delete")} "
            + $"{change.KeyValue.KeyText}={change.KeyValue.ValueText}")
        .Order(StringComparer.Ordinal));

    private static async Task<Dictionary<string, KeyValue>> AtAsync(GrpcChannel server, string prefix, long revision)
    {
        byte[] end = System.Text.Encoding.UTF8.GetBytes(prefix);
        end[^1]++;
        RangeResponse response = await new KV.KVClient(server).RangeAsync(new RangeRequest
        {
            Key = ByteString.CopyFromUtf8(prefix),
            RangeEnd = ByteString.CopyFrom(end),
            Revision = revision,
        });
        return response.Kvs.ToDictionary(static kv => kv.Key.ToStringUtf8());
    }
}
