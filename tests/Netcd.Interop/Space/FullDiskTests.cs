using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Space;

/// <summary>A disk that is full, while a member runs and when it starts: it reads, refuses writes, and goes on as soon as there is
/// room.</summary>
public sealed class FullDiskTests
{
    private const int MostPuts = 20_000;
    private static readonly string Value = new('v', 64 * 1024);

    [Fact]
    public async Task A_start_on_a_full_disk_reads_and_goes_on_when_there_is_room()
    {
        await using SmallDisk small = await SmallDisk.MountAsync("72m");
        string data = small.At("data");
        List<(string Key, long Revision)> acknowledged = await FillAsync(data);
        for (int start = 0; start < 2; start++)
        {
            await using ServerProcess full = await ServerProcess.NetcdAsync(data);
            await AssertHoldsAsync(full, acknowledged);
            await RefusesAsync(full, acknowledged, $"start-{start}/");
            await AssertHoldsAsync(full, acknowledged);
            if (start == 0)
            {
                Assert.Equal(143, await full.TerminateAsync());
                continue;
            }

            await small.ResizeAsync("200m");
            await TakesWritesAsync(full, acknowledged);
            Assert.Empty((await new Maintenance.MaintenanceClient(full.Channel).AlarmAsync(new AlarmRequest())).Alarms);
            await full.KillAsync();
        }

        await using ServerProcess roomy = await ServerProcess.NetcdAsync(data);
        await AssertHoldsAsync(roomy, acknowledged);
    }

    /// <remarks>A copy of the database, as etcd makes it, would have no room here.</remarks>
    [Fact]
    public async Task With_a_little_room_a_full_disk_is_freed_by_compaction_and_defragmentation_without_a_restart()
    {
        await using SmallDisk small = await SmallDisk.MountAsync("290m");
        string data = small.At("data"), other = small.At("somebody-elses");
        await File.WriteAllBytesAsync(other, new byte[48 << 20]);
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(data);
        List<(string Key, long Revision)> acknowledged = [];
        await RefusesAsync(netcd, acknowledged, "fill/");
        List<(string Key, long Revision)> kept = [.. acknowledged.Where(static (_, n) => n % 10 == 0)];
        await DeleteAsync(netcd, acknowledged.Except(kept));
        CompactionRequest compaction = new()
        {
            Revision = (await netcd.Channel.PrefixAsync("none")).Header.Revision,
            Physical = true,
        };
        KV.KVClient kv = new(netcd.Channel);
        Maintenance.MaintenanceClient maintenance = new(netcd.Channel);

        // What cannot be done without room waits for it, but no caller waits for longer than it likes to.
        await Assert.ThrowsAsync<RpcException>(
            async () => await kv.CompactAsync(compaction, deadline: DateTime.UtcNow.AddSeconds(1)));
        await Assert.ThrowsAsync<RpcException>(
            async () => await maintenance.DefragmentAsync(new DefragmentRequest(), deadline: DateTime.UtcNow.AddSeconds(1)));
        await AssertHoldsAsync(netcd, kept);
        File.Delete(other);
        await Poll.UntilAsync(async () =>
        {
            await maintenance.DefragmentAsync(new DefragmentRequest(), deadline: DateTime.UtcNow.AddSeconds(60));
            return (await maintenance.StatusAsync(new StatusRequest())).DbSize < (long)acknowledged.Count / 2 * Value.Length;
        });
        await TakesWritesAsync(netcd, kept);
        await AssertHoldsAsync(netcd, kept);
        await netcd.KillAsync();
        await using ServerProcess again = await ServerProcess.NetcdAsync(data);
        await AssertHoldsAsync(again, kept);
    }

    /// <remarks>Deletions need room in the log alone. Each is as large as a request may be, so that few of them use it up.</remarks>
    [Fact]
    public async Task Deletions_on_a_full_disk_are_refused_before_the_log_has_no_room_for_them()
    {
        await using SmallDisk small = await SmallDisk.MountAsync("200m");
        string data = small.At("data"), other = small.At("somebody-elses");
        List<(string Key, long Revision)> acknowledged = [];
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(data);
        await TakesWritesAsync(netcd, acknowledged);
        await FillUpAsync(other);
        KV.KVClient kv = new(netcd.Channel);
        DeleteRangeRequest large = new() { Key = ByteString.CopyFromUtf8(new string('k', 500_000)) };
        int deletions = 0;
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            for (; deletions < 1_000; deletions++)
            {
                await kv.DeleteRangeAsync(large);
            }
        });
        Assert.Equal(
            (StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded"),
            (refused.StatusCode, refused.Status.Detail));
        Assert.InRange(deletions, 100, 130);
        await AssertHoldsAsync(netcd, acknowledged);
        File.Delete(other);
        await Poll.UntilAsync(async () =>
        {
            try
            {
                await kv.DeleteRangeAsync(large);
                return true;
            }
            catch (RpcException again) when (again.StatusCode == StatusCode.ResourceExhausted)
            {
                return false;
            }
        });
        await netcd.KillAsync();
        await using ServerProcess roomy = await ServerProcess.NetcdAsync(data);
        await AssertHoldsAsync(roomy, acknowledged);
    }

    /// <summary>Writes a file until the disk has no room left at all.</summary>
    private static async Task FillUpAsync(string path)
    {
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                await file.WriteAsync(page);
            }
        }
        catch (IOException)
        {
        }
    }

    private static async Task DeleteAsync(ServerProcess netcd, IEnumerable<(string Key, long Revision)> puts)
    {
        KV.KVClient kv = new(netcd.Channel);
        foreach ((string key, _) in puts)
        {
            await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) });
        }
    }

    /// <summary>Puts until the member says that there is no room; it goes on reading, and is killed in the end.</summary>
    private static async Task<List<(string Key, long Revision)>> FillAsync(string data)
    {
        List<(string Key, long Revision)> acknowledged = [];
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(data);
        await RefusesAsync(netcd, acknowledged, "fill/");
        Assert.True(acknowledged.Count > 20, $"{acknowledged.Count} puts fitted");
        await AssertHoldsAsync(netcd, acknowledged);

        // What needs no room is still done: that is how an operator may make some.
        DeleteRangeResponse deleted = await new KV.KVClient(netcd.Channel).DeleteRangeAsync(
            new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(acknowledged[0].Key) }, deadline: DateTime.UtcNow.AddSeconds(10));
        Assert.Equal(1, deleted.Deleted);
        acknowledged.RemoveAt(0);
        await netcd.KillAsync();
        return acknowledged;
    }

    /// <summary>Puts until one is refused, with what etcd says when there is no room.</summary>
    private static async Task RefusesAsync(ServerProcess netcd, List<(string Key, long Revision)> acknowledged, string prefix)
    {
        for (int n = 0; n < MostPuts; n++)
        {
            try
            {
                acknowledged.Add(($"{prefix}{n:00000}", (await netcd.Channel.PutAsync($"{prefix}{n:00000}", Value)).Header.Revision));
            }
            catch (RpcException refused)
            {
                Assert.Equal(
                    (StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded"),
                    (refused.StatusCode, refused.Status.Detail));
                Assert.False(netcd.HasExited);
                return;
            }
        }

        Assert.Fail("the disk never filled up");
    }

    private static Task TakesWritesAsync(ServerProcess netcd, List<(string Key, long Revision)> acknowledged) => Poll.UntilAsync(async () =>
    {
        try
        {
            acknowledged.Add(("room", (await netcd.Channel.PutAsync("room", Value)).Header.Revision));
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    });

    /// <summary>All that was acknowledged is read, with a quorum's word and without.</summary>
    private static async Task AssertHoldsAsync(ServerProcess netcd, List<(string Key, long Revision)> acknowledged)
    {
        KV.KVClient kv = new(netcd.Channel);
        ByteString zero = ByteString.CopyFrom(0);
        foreach (bool serializable in (bool[])[false, true])
        {
            RangeResponse all = await kv.RangeAsync(
                new RangeRequest { Key = zero, RangeEnd = zero, KeysOnly = true, Serializable = serializable },
                deadline: DateTime.UtcNow.AddSeconds(30));
            Dictionary<string, long> held = all.Kvs.ToDictionary(static pair => pair.Key.ToStringUtf8(), static pair => pair.ModRevision);
            Assert.All(acknowledged, put => Assert.Equal(put.Revision, held.GetValueOrDefault(put.Key)));
        }
    }
}
