using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Keys;

public sealed class ScanTests(SharedServers servers)
{
    private const int Count = 350;

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Pages_and_scans_show_one_revision_whatever_is_written_meanwhile(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string prefix = $"scan-{server}/";
        string[] names = await FillAsync(client, prefix);
        ScanOptions options = new() { PageSize = 100 };
        foreach (bool byPage in (bool[])[true, false, false])
        {
            List<string> seen = [];
            IAsyncEnumerable<KeyValue> scan = byPage
                ? client.Keys.PagesAsync(KeyRange.Prefix(prefix), options).SelectMany(static page => page.KeyValues)
                : client.Keys.ScanAsync(KeyRange.Prefix(prefix), options);
            await foreach (KeyValue found in scan)
            {
                if (seen.Count == 50)
                {
                    await client.Keys.DeleteAsync(names[^1]);
                    await client.Keys.PutAsync($"{prefix}99999", "later");
                }

                seen.Add(found.KeyText);
            }

            Assert.Equal(names, seen);
            await client.Keys.DeleteAsync($"{prefix}99999");
            await client.Keys.PutAsync(names[^1], "again");
        }
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_scan_ends_with_the_error_when_its_revision_is_compacted(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string prefix = $"compacted-{server}/";
        string[] names = await FillAsync(client, prefix);
        int seen = 0;
        CompactedException thrown = await Assert.ThrowsAsync<CompactedException>(async () =>
        {
            await foreach (RangeResult page in client.Keys.PagesAsync(KeyRange.Prefix(prefix), new ScanOptions { PageSize = 300 }))
            {
                seen += page.KeyValues.Count;
                PutResult put = await client.Keys.PutAsync(names[0], "newer");
                await client.Keys.CompactAsync(put.Header.Revision);
            }
        });
        Assert.Equal((300, "etcdserver: mvcc: required revision has been compacted"), (seen, thrown.Message));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_scan_of_few_keys_or_none_needs_no_stream(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        Assert.Empty(await client.Keys.ScanAsync(KeyRange.Prefix("nothing here")).ToArrayAsync());
        await client.Keys.PutAsync($"few-{server}", "1");
        Assert.Single(await client.Keys.ScanAsync($"few-{server}").ToArrayAsync());
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await client.Keys.ScanAsync("a", new ScanOptions { PageSize = 0 }).ToArrayAsync());
    }

    private static async Task<string[]> FillAsync(EtcdClient client, string prefix)
    {
        string[] names = [.. Enumerable.Range(0, Count).Select(n => $"{prefix}{n:00000}")];
        foreach (string[] some in names.Chunk(100))
        {
            await client.Keys.CommitAsync(Transaction.Of([.. some.Select(static name => Operation.Put(name, "value of " + name))]));
        }

        return names;
    }
}
