using System.Text;
using Grpc.Core;
using Netcd.Interop.Etcdctl;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Space;

/// <summary>No room left, by quota and on the disk.</summary>
public sealed class NoSpaceTests
{
    private const int Quota = 4 * 1024 * 1024;
    private const int MostPuts = 2000;

    [Fact]
    public async Task Over_its_quota_it_says_what_etcd_says_and_still_reads_and_deletes()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync("--quota-backend-bytes", $"{Quota}");
        foreach (ServerProcess server in (ServerProcess[])[pair.Servers.Etcd, pair.Servers.Netcd])
        {
            RpcException full = await FillAsync(server);
            Assert.Equal(
                (StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded"), (full.StatusCode, full.Status.Detail));
        }

        await pair.RunAsync("alarm list");
        await pair.RunAsync("put more x");
        await pair.RunAsync("endpoint health");
        await pair.RunAsync("get fill/00000 --keys-only");
        await pair.RunAsync("del fill/00000");
        await pair.RunAsync(["txn"], "\nput in-txn x\n\n\n");
        CommandResult listed = await pair.RunAsync("alarm list");
        Assert.Contains("alarm:NOSPACE", listed.Output, StringComparison.Ordinal);

        // The two need not fill up at the same revision: from here each is led out on its own.
        string program = await EtcdPrograms.EtcdctlAsync();
        string[] at = ["--endpoints", pair.Servers.Netcd.Endpoint];
        long revision = (await pair.Servers.Netcd.Channel.ContentAsync()).Revision;
        (await Command.RunAsync(program, [.. at, "del", "fill/", "--prefix"])).Succeeded();
        (await Command.RunAsync(program, [.. at, "compaction", $"{revision + 1}", "--physical"])).Succeeded();
        // Room that a compaction frees counts as room at once: no defragmentation is needed.
        Assert.Contains(
            "alarm:NOSPACE", (await Command.RunAsync(program, [.. at, "alarm", "disarm"])).Succeeded(), StringComparison.Ordinal);
        Assert.Equal("", (await Command.RunAsync(program, [.. at, "alarm", "list"])).Succeeded());
        (await Command.RunAsync(program, [.. at, "put", "room", "again"])).Succeeded();
        pair.AssertEqual();
    }

    [Fact]
    public async Task On_a_full_disk_nothing_acknowledged_is_lost()
    {
        await using SmallDisk small = await SmallDisk.MountAsync("80m");
        using TemporaryFolder folder = new();
        Dictionary<string, long> acknowledged = [];
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(small.At("data")))
        {
            string value = new('v', 32 * 1024);
            try
            {
                for (int n = 0; n < MostPuts * 10; n++)
                {
                    acknowledged[$"key/{n:00000}"] = (await netcd.Channel.PutAsync($"key/{n:00000}", value)).Header.Revision;
                }

                Assert.Fail("the disk never filled up");
            }
            catch (RpcException)
            {
                // Full: it may refuse or end, but it may not forget.
            }

            await netcd.KillAsync();
            TemporaryFolder.Copy(small.At("data"), folder.At("roomy"));
        }

        await using ServerProcess elsewhere = await ServerProcess.NetcdAsync(folder.At("roomy"));
        Dictionary<string, long> held = (await elsewhere.Channel.PrefixAsync("key/")).Kvs.ToDictionary(
            static kv => kv.Key.ToStringUtf8(), static kv => kv.ModRevision);
        Assert.NotEmpty(acknowledged);
        Assert.All(acknowledged, put => Assert.Equal(put.Value, held.GetValueOrDefault(put.Key)));
    }

    private static async Task<RpcException> FillAsync(ServerProcess server)
    {
        string value = new StringBuilder().Append('x', 64 * 1024).ToString();
        for (int n = 0; n < MostPuts; n++)
        {
            try
            {
                await server.Channel.PutAsync($"fill/{n:00000}", value);
            }
            catch (RpcException failure)
            {
                return failure;
            }
        }

        throw new InvalidOperationException($"{MostPuts} puts of 64 KiB fitted into {Quota} bytes");
    }
}
