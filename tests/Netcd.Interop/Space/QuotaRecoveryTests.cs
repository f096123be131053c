using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Space;

/// <summary>Members that lead themselves out of NOSPACE, with <c>--quota-auto-recover</c>.</summary>
public sealed class QuotaRecoveryTests
{
    private const int Kept = 7;
    private const int MostPuts = 2000;
    private static readonly string Large = new('x', 64 * 1024);
    private static readonly string[] Flags =
    [
        "--quota-backend-bytes", $"{4 << 20}", "--quota-auto-recover", "--auto-compaction-mode", "revision",
        "--auto-compaction-retention", $"{Kept}",
    ];

    [Fact]
    public async Task What_retention_need_not_keep_is_compacted_and_the_alarm_lifted_step_by_step_in_the_log()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), Flags);
        long last = await FillAsync(netcd.Channel, static _ => "one key");
        await RecoveredAsync(netcd.Channel);
        foreach (string line in (string[])
            ["recovering from NOSPACE", "compacted to recover from NOSPACE", "recovered from NOSPACE; alarm disarmed"])
        {
            await netcd.HasLoggedAsync($"\"msg\":\"{line}\"");
            Assert.Equal(2, netcd.Log.Split($"\"msg\":\"{line}\"").Length);
        }

        Assert.Equal(Large, (await AtAsync(netcd.Channel, last)).Kvs.Single().Value.ToStringUtf8());
        Assert.Equal(Large, (await AtAsync(netcd.Channel, last - Kept)).Kvs.Single().Value.ToStringUtf8());
        RpcException compacted = await Assert.ThrowsAsync<RpcException>(() => AtAsync(netcd.Channel, last - Kept - 1));
        Assert.Equal(StatusCode.OutOfRange, compacted.StatusCode);
    }

    [Fact]
    public async Task Where_what_is_kept_fills_the_quota_the_alarm_stays_until_somebody_makes_room()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), Flags);
        await FillAsync(netcd.Channel, static number => $"live/{number:00000}");
        await Poll.UntilAsync(() => Task.FromResult(
            netcd.Log.Contains("the history that has to be kept leaves no room; the alarm NOSPACE stays", StringComparison.Ordinal)));
        Assert.True(await IsRaisedAsync(netcd.Channel));

        // Deletions make history that retention lets go, with the values in it.
        foreach (KeyValue live in (await netcd.Channel.PrefixAsync("live/")).Kvs)
        {
            await new KV.KVClient(netcd.Channel).DeleteRangeAsync(new DeleteRangeRequest { Key = live.Key });
        }

        await RecoveredAsync(netcd.Channel);
        await netcd.Channel.PutAsync("room", "again");
    }

    [Fact]
    public async Task Each_member_of_a_cluster_lifts_its_own_alarm_and_one_that_was_killed_after_its_restart()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, Flags);
        foreach (ClusterMember member in cluster.Members)
        {
            await FillAsync(member.Channel, static _ => "cluster");
            await member.KillAsync();
            await cluster.RestartAsync(member);
        }

        foreach (ClusterMember member in cluster.Members)
        {
            await RecoveredAsync(member.Channel);
        }

        await cluster.AssertSameEverywhereAsync();
    }

    /// <summary>Puts until there is no room.</summary>
    private static async Task<long> FillAsync(GrpcChannel channel, Func<int, string> key)
    {
        long revision = 0;
        for (int number = 0; number < MostPuts; number++)
        {
            try
            {
                revision = (await channel.PutAsync(key(number), Large)).Header.Revision;
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.ResourceExhausted)
            {
                return revision;
            }
        }

        throw new InvalidOperationException($"{MostPuts} puts of 64 KiB fitted into the quota");
    }

    private static Task RecoveredAsync(GrpcChannel channel) => Poll.UntilAsync(async () => !await IsRaisedAsync(channel));

    private static async Task<bool> IsRaisedAsync(GrpcChannel channel) =>
        (await new Maintenance.MaintenanceClient(channel).AlarmAsync(new AlarmRequest())).Alarms.Count > 0;

    private static async Task<RangeResponse> AtAsync(GrpcChannel channel, long revision) =>
        await new KV.KVClient(channel).RangeAsync(new RangeRequest { Key = Bytes("one key"), Revision = revision });

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
