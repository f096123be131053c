using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Crashes;

/// <summary>kill -9 at any moment: what was acknowledged is there, and revisions never go back.</summary>
public sealed class KillTests
{
    private const int Writers = 8;

    private static int Rounds => Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1" ? 50 : 10;

    [Fact]
    public async Task Every_acknowledged_put_outlives_being_killed()
    {
        using TemporaryFolder folder = new();
        AcknowledgedPuts acknowledged = new();
        Moments moments = new(20260117);
        for (int round = 0; round < Rounds; round++)
        {
            int before = acknowledged.Count;
            await using (ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data")))
            {
                await acknowledged.AssertHeldByAsync(netcd, "r");
                await acknowledged.WriteUntilKilledAsync(netcd, $"r{round:00}/", Writers, () => moments.NextAsync(0, 500));
            }

            Assert.True(acknowledged.Count > before);
        }

        Assert.Equal(acknowledged.Count, acknowledged.Revisions.Distinct().Count());
        await using ServerProcess last = await ServerProcess.NetcdAsync(folder.At("data"));
        await acknowledged.AssertHeldByAsync(last, "r");
    }

    [Fact]
    public async Task A_compaction_and_snapshots_that_are_killed_lose_nothing_and_the_compaction_is_finished_after_the_start()
    {
        using TemporaryFolder folder = new();
        AcknowledgedPuts acknowledged = new();
        Moments moments = new(57);
        long compacted = 0;
        for (int round = 0; round < 4; round++)
        {
            await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
            await acknowledged.AssertHeldByAsync(netcd, "r");
            for (int again = 0; again < 3; again++)
            {
                await netcd.Channel.PutManyAsync("written-again/", 2_000);
            }

            Task saving = Task.CompletedTask, compacting = Task.CompletedTask;
            await acknowledged.WriteUntilKilledAsync(netcd, $"r{round}/", Writers, async () =>
            {
                compacted = acknowledged.Revisions.Max();
                (saving, compacting) = (SaveAsync(netcd), CompactAsync(netcd, compacted));
                await moments.NextAsync(1, 60);
            });
            await Task.WhenAll(saving, compacting);
        }

        (long Revision, uint Hash, RangeResponse All) content;
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data")))
        {
            await acknowledged.AssertHeldByAsync(netcd, "r");
            await CompactAsync(netcd, compacted);
            content = await netcd.Channel.ContentAsync();
            await netcd.TerminateAsync();
        }

        await using ServerProcess etcd = await ServerProcess.EtcdAsync(folder.At("data"));
        await acknowledged.AssertHeldByAsync(etcd, "r");
        (long revision, uint hash, RangeResponse all) = await etcd.Channel.ContentAsync();
        Assert.Equal((content.Revision, content.Hash, content.All), (revision, hash, all));
    }

    private static async Task SaveAsync(ServerProcess server)
    {
        try
        {
            using AsyncServerStreamingCall<SnapshotResponse> call =
                new Maintenance.MaintenanceClient(server.Channel).Snapshot(new SnapshotRequest());
            await foreach (SnapshotResponse _ in call.ResponseStream.ReadAllAsync())
            {
                // A reader that takes all there is.
            }
        }
        catch (RpcException)
        {
            // It was killed.
        }
    }

    /// <summary>Compacts and waits until it is done, or the server is killed; it may have been done before.</summary>
    private static async Task CompactAsync(ServerProcess server, long revision)
    {
        try
        {
            await new KV.KVClient(server.Channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.OutOfRange || failure.Status.Detail.EndsWith(
            "required revision has been compacted", StringComparison.Ordinal))
        {
            // What the server holds is looked at afterwards.
        }
    }
}
