using System.Text;
using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Differential;

/// <summary>The real etcd as the oracle: the same random calls to both, the answers compared.</summary>
public sealed class RandomHistoryTests
{
    private const int Calls = 800;
    private const int MostShown = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_calls_are_answered_as_etcd_answers_them(int seed)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        RandomCalls calls = new(seed);
        StringBuilder differences = new();
        int different = 0;
        for (int n = 0; n < Calls && different < MostShown; n++)
        {
            IMessage request = calls.Next();
            Outcome etcd = await Outcome.OfAsync(pair.Etcd.Channel, request);
            Outcome netcd = await Outcome.OfAsync(pair.Netcd.Channel, request);
            calls.Revision = Math.Max(calls.Revision, etcd.Header?.Revision ?? 0);
            if (!Outcome.Same(request, etcd, netcd))
            {
                different++;
                differences.Append($"\ncall {n}: {request.Descriptor.Name} {request}\n  etcd:  {etcd}\n  netcd: {netcd}\n");
            }
        }

        Assert.True(different == 0, $"seed {seed}:{differences}");
        Assert.True(calls.Revision > Calls / 4, $"only {calls.Revision} revisions were made");
        await AssertSameHashesAsync(pair, calls);
    }

    /// <summary>
    /// Whether a compaction notes a sum for its very revision hangs on whether the one before had ended, which is chance here:
    /// <see cref="CompactionHashTests"/> asks for those.
    /// </summary>
    private static async Task AssertSameHashesAsync(ServerPair pair, RandomCalls calls)
    {
        Maintenance.MaintenanceClient etcd = new(pair.Etcd.Channel);
        Maintenance.MaintenanceClient netcd = new(pair.Netcd.Channel);
        long step = Math.Max(1, (calls.Revision - calls.Compacted) / 8);
        for (long revision = calls.Compacted + 1; revision <= calls.Revision; revision += step)
        {
            await AssertSameHashAsync(etcd, netcd, revision);
        }

        await AssertSameHashAsync(etcd, netcd, 0);
        CompactionRequest half = new() { Revision = (calls.Compacted + calls.Revision) / 2, Physical = true };
        await new KV.KVClient(pair.Etcd.Channel).CompactAsync(half);
        await new KV.KVClient(pair.Netcd.Channel).CompactAsync(half);
        for (long revision = half.Revision + 1; revision <= calls.Revision; revision += step)
        {
            await AssertSameHashAsync(etcd, netcd, revision);
        }

        await AssertSameHashAsync(etcd, netcd, 0);
    }

    private static async Task AssertSameHashAsync(Maintenance.MaintenanceClient etcd, Maintenance.MaintenanceClient netcd, long revision)
    {
        HashKVRequest request = new() { Revision = revision };
        HashKVResponse expected = await etcd.HashKVAsync(request);
        HashKVResponse actual = await netcd.HashKVAsync(request);
        Assert.True(
            expected.Hash == actual.Hash && expected.CompactRevision == actual.CompactRevision,
            $"at revision {revision}: etcd {expected.Hash:x8} compacted {expected.CompactRevision}, netcd {actual.Hash:x8} compacted "
                + $"{actual.CompactRevision}");
    }
}
