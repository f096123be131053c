using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Leases;

/// <summary>A data directory with leases changes hands between netcd and the real etcd.</summary>
public sealed class LeaseTakeoverTests
{
    private static readonly long[] Ids = [-5, 1, 7, 0x7fff_ffff_ffff_ffff];

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Leases_and_their_keys_outlive_a_change_of_program(bool etcdFirst, bool clean)
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        await using (ServerProcess first = await StartAsync(etcdFirst, directory))
        {
            foreach (long id in Ids)
            {
                await first.Channel.GrantAsync(1_000, id);
            }

            await first.Channel.PutAsync("moved", "v", 1);
            await first.Channel.PutAsync("moved", "v", 7);
            await first.Channel.PutAsync("b", "v", 7);
            await first.Channel.PutAsync("a", "v", -5);
            await first.Channel.PutAsync("bare", "v", 1);
            await first.Channel.PutAsync("bare", "v");
            await first.Channel.PutAsync("deleted", "v", 1);
            await new KV.KVClient(first.Channel).DeleteRangeAsync(
                new DeleteRangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("deleted") });
            if (clean)
            {
                await first.TerminateAsync();
            }
            else
            {
                await first.KillAsync();
            }
        }

        await using ServerProcess second = await StartAsync(!etcdFirst, directory);
        Assert.Equal(Ids.Order(), await second.Channel.LeasesAsync());
        Assert.Equal("b,moved", await KeysAsync(second, 7));
        Assert.Equal("a", await KeysAsync(second, -5));
        Assert.Equal("", await KeysAsync(second, 1));
        Assert.Equal(1_000, (await second.Channel.KeepAliveAsync(7)).TTL);
        await new Lease.LeaseClient(second.Channel).LeaseRevokeAsync(new LeaseRevokeRequest { ID = 7 });
        RangeResponse left = (await second.Channel.ContentAsync()).All;
        Assert.Equal(["a", "bare"], left.Kvs.Select(kv => kv.Key.ToStringUtf8()));
    }

    private static async Task<ServerProcess> StartAsync(bool etcd, string directory) =>
        etcd ? await ServerProcess.EtcdAsync(directory) : await ServerProcess.NetcdAsync(directory);

    private static async Task<string> KeysAsync(ServerProcess server, long id)
    {
        LeaseTimeToLiveResponse look = await server.Channel.TimeToLiveAsync(id);
        Assert.Equal(1_000, look.GrantedTTL);
        return string.Join(',', look.Keys.Select(key => key.ToStringUtf8()).Order(StringComparer.Ordinal));
    }
}
