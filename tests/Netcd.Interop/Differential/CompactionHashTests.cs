using System.Globalization;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Differential;

/// <summary>HashKV at the revisions that were compacted to, where etcd reports what it noted while it compacted.</summary>
public sealed class CompactionHashTests
{
    [Theory]
    [InlineData(1, 30, 4)]
    [InlineData(2, 8, 12)]
    [InlineData(3, 400, 3)]
    public async Task HashKV_at_and_before_every_compaction_is_etcds(int seed, int keys, int compactions)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
#pragma warning disable CA5394 // The history follows a seed.
        Random random = new(seed);
        List<long> compacted = [1];
        for (int round = 0; round < compactions; round++)
        {
            for (int n = 0; n < 60; n++)
            {
                string key = "k" + random.Next(keys).ToString(CultureInfo.InvariantCulture);
                await BothAsync(pair, random.Next(3) == 0 ? Delete(key, "") : Put(key, n));
            }

            long revision = (await pair.Etcd.Channel.PrefixAsync("none")).Header.Revision;
            compacted.Add(compacted[^1] + 1 + random.NextInt64(revision - compacted[^1]));
            await CompactAsync(pair, compacted[^1]);
            await AssertSameHashesAsync(
                pair, $"round {round}", [.. compacted, 0, compacted[^1] + 1, compacted[^1] - 1, revision, revision + 1]);
        }
#pragma warning restore CA5394
    }

    [Fact]
    public async Task HashKV_is_etcds_where_a_compaction_keeps_nothing_or_a_deletion_alone()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        for (int n = 0; n < 5; n++)
        {
            await BothAsync(pair, Put("k" + n, n));
        }

        await CompactAsync(pair, 4);
        await BothAsync(pair, Delete("k", "l"));
        await BothAsync(pair, Delete("k", "l"));
        await AssertSameHashesAsync(pair, "all deleted");
        await CompactAsync(pair, 7);
        await AssertSameHashesAsync(pair, "compacted to the deletion");
        await BothAsync(pair, Put("a", 1));
        await BothAsync(pair, Delete("a", ""));
        await BothAsync(pair, Put("b", 1));
        await BothAsync(pair, Delete("b", ""));
        await BothAsync(pair, Put("c", 1));
        await CompactAsync(pair, 9);
        await AssertSameHashesAsync(pair, "compacted to a deletion, an older one there");
        await CompactAsync(pair, 11);
        await BothAsync(pair, Delete("c", ""));
        await CompactAsync(pair, 13);
        await AssertSameHashesAsync(pair, "compacted to the last deletion");
    }

    private static Func<KV.KVClient, Task> Put(string key, int value) => async kv => await kv.PutAsync(new PutRequest
    {
        Key = Google.Protobuf.ByteString.CopyFromUtf8(key),
        Value = Google.Protobuf.ByteString.CopyFromUtf8(value.ToString(CultureInfo.InvariantCulture)),
    });

    private static Func<KV.KVClient, Task> Delete(string key, string end) => async kv => await kv.DeleteRangeAsync(new DeleteRangeRequest
    {
        Key = Google.Protobuf.ByteString.CopyFromUtf8(key),
        RangeEnd = Google.Protobuf.ByteString.CopyFromUtf8(end),
    });

    private static async Task BothAsync(ServerPair pair, Func<KV.KVClient, Task> call)
    {
        await call(new KV.KVClient(pair.Etcd.Channel));
        await call(new KV.KVClient(pair.Netcd.Channel));
    }

    private static Task CompactAsync(ServerPair pair, long revision) => BothAsync(
        pair, async kv => await kv.CompactAsync(new CompactionRequest { Revision = revision, Physical = true }));

    private static async Task AssertSameHashesAsync(ServerPair pair, string when)
    {
        long last = (await pair.Etcd.Channel.PrefixAsync("none")).Header.Revision;
        await AssertSameHashesAsync(pair, when, [.. Enumerable.Range(0, (int)last + 2).Select(static revision => (long)revision)]);
    }

    private static async Task AssertSameHashesAsync(ServerPair pair, string when, IReadOnlyList<long> revisions)
    {
        foreach (long revision in revisions)
        {
            string expected = await HashAsync(pair.Etcd, revision);
            string actual = await HashAsync(pair.Netcd, revision);
            Assert.True(expected == actual, $"{when}, revision {revision}: etcd {expected}, netcd {actual}");
        }
    }

    private static async Task<string> HashAsync(ServerProcess server, long revision)
    {
        try
        {
            HashKVResponse hash = await new Maintenance.MaintenanceClient(server.Channel).HashKVAsync(
                new HashKVRequest { Revision = revision });
            return $"{hash.Hash:x8}, compacted {hash.CompactRevision}, header {hash.Header.Revision}";
        }
        catch (RpcException refused)
        {
            return refused.Status.Detail;
        }
    }
}
