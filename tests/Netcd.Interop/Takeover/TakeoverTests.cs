using Netcd.Interop.Processes;

namespace Netcd.Interop.Takeover;

/// <summary>A data directory changes hands between netcd and the real etcd.</summary>
public sealed class TakeoverTests
{
    /// <summary>More entries than either keeps before it writes a raft snapshot, at the setting given.</summary>
    private const int ManyEntries = 10_500;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Etcd_takes_over_the_directory_of_netcd(bool clean)
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        (long Revision, uint Hash, Protocol.V3.RangeResponse All) before;
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(directory))
        {
            await WriteHistoryAsync(netcd);
            before = await netcd.Channel.ContentAsync();
            await StopAsync(netcd, clean);
        }

        await using ServerProcess etcd = await ServerProcess.EtcdAsync(directory);
        Assert.Equal(before, await etcd.Channel.ContentAsync());
        Assert.Equal(before.Revision + 1, (await etcd.Channel.PutAsync("next", "x")).Header.Revision);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Netcd_takes_over_the_directory_of_etcd(bool clean)
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        (long Revision, uint Hash, Protocol.V3.RangeResponse All) before;
        await using (ServerProcess etcd = await ServerProcess.EtcdAsync(directory))
        {
            await WriteHistoryAsync(etcd);
            before = await etcd.Channel.ContentAsync();
            await StopAsync(etcd, clean);
        }

        await using ServerProcess netcd = await ServerProcess.NetcdAsync(directory);
        Assert.Equal(before, await netcd.Channel.ContentAsync());
        Assert.Equal(before.Revision + 1, (await netcd.Channel.PutAsync("next", "x")).Header.Revision);
    }

    [Fact]
    public async Task A_directory_goes_from_one_to_the_other_and_back_again()
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        (long Revision, uint Hash, Protocol.V3.RangeResponse All)? before = null;
        for (int turn = 0; turn < 4; turn++)
        {
            await using ServerProcess server = turn % 2 == 0
                ? await ServerProcess.EtcdAsync(directory)
                : await ServerProcess.NetcdAsync(directory);
            if (before is not null)
            {
                Assert.Equal(before, await server.Channel.ContentAsync());
            }

            await server.Channel.PutManyAsync($"turn-{turn}/", 50);
            before = await server.Channel.ContentAsync();
            await StopAsync(server, clean: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_with_raft_snapshots_changes_hands(bool etcdFirst)
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        string[] often = ["--snapshot-count", "1000"];
        (long Revision, uint Hash, Protocol.V3.RangeResponse All) before;
        await using (ServerProcess first = etcdFirst
            ? await ServerProcess.EtcdAsync(directory, often)
            : await ServerProcess.NetcdAsync(directory, often))
        {
            await first.Channel.PutManyAsync("many/", ManyEntries);
            before = await first.Channel.ContentAsync();
            await StopAsync(first, clean: true);
        }

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(directory, "member", "snap"), "*.snap"));
        await using ServerProcess second = etcdFirst
            ? await ServerProcess.NetcdAsync(directory, often)
            : await ServerProcess.EtcdAsync(directory, often);
        Assert.Equal(before, await second.Channel.ContentAsync());
        Assert.Equal(before.Revision + 1, (await second.Channel.PutAsync("next", "x")).Header.Revision);
    }

    private static async Task WriteHistoryAsync(ServerProcess server)
    {
        await server.Channel.PutManyAsync("first/", 200);
        Protocol.V3.KV.KVClient client = new(server.Channel);
        await client.DeleteRangeAsync(new()
        {
            Key = Google.Protobuf.ByteString.CopyFromUtf8("first/00100"),
            RangeEnd = Google.Protobuf.ByteString.CopyFromUtf8("first/00110"),
        });
        await client.CompactAsync(new() { Revision = 120, Physical = true });
        await server.Channel.PutManyAsync("second/", 50);
    }

    private static async Task StopAsync(ServerProcess server, bool clean)
    {
        if (clean)
        {
            await server.TerminateAsync();
        }
        else
        {
            await server.KillAsync();
        }
    }
}
