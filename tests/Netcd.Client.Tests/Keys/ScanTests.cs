using System.Diagnostics;
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

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_scan_that_loses_its_connection_midway_goes_on_behind_the_last_key(Server server)
    {
        const int Large = 4096;
        await using EtcdClient writer = servers.ClientOf(server);
        using FaultProxy proxy = new(servers.PortOf(server));
        await using EtcdClient client = new(proxy.Endpoint);
        string prefix = $"cut-{server}/";
        string[] names = await FillAsync(writer, prefix, new string('v', Large), count: 1500);
        List<string> seen = [];
        await foreach (KeyValue found in client.Keys.ScanAsync(KeyRange.Prefix(prefix), new ScanOptions { PageSize = 50 }))
        {
            Assert.Equal(Large, found.Value.Length);
            seen.Add(found.KeyText);
            if (seen.Count is 100 or 101 or 700)
            {
                // What is written behind the scan does not belong to its revision.
                await writer.Keys.PutAsync($"{prefix}{seen.Count}~", "later");
                proxy.Cut();
            }
        }

        Assert.Equal(names, seen);
        Assert.InRange(proxy.Connections, 3, 10);
    }

    [Fact]
    public async Task A_streamed_range_is_the_plain_one()
    {
        await using EtcdClient client = servers.ClientOf(Server.Netcd);
        const string Prefix = "streamed/";
        await FillAsync(client, Prefix);
        RangeOptions[] kinds = [new(), new() { Limit = 120 }, new() { KeysOnly = true }, new() { CountOnly = true }];
        foreach (RangeOptions options in kinds)
        {
            RangeResult plain = await client.Keys.RangeAsync(KeyRange.Prefix(Prefix), options);
            RangeResult streamed = await client.Keys.RangeAsync(KeyRange.Prefix(Prefix), options with { Streamed = true });
            Assert.Equal(plain.KeyValues.Select(static kv => kv.ToString()), streamed.KeyValues.Select(static kv => kv.ToString()));
            Assert.Equal((plain.Count, plain.HasMore), (streamed.Count, streamed.HasMore));
            Assert.Equal(plain.Header.MemberId, streamed.Header.MemberId);
        }
    }

    [Theory]
    [InlineData(Server.Netcd, "RangeStream does not support custom sort orders")]
    [InlineData(Server.Etcd, "unknown method RangeStream for service etcdserverpb.KV")]
    public async Task A_streamed_range_that_the_server_does_not_have_is_refused_in_its_words(Server server, string words)
    {
        await using EtcdClient client = servers.ClientOf(server);
        RangeOptions options = new() { Streamed = true, SortBy = SortBy.Value };
        EtcdException refused = await Assert.ThrowsAsync<EtcdException>(() => client.Keys.RangeAsync(KeyRange.Prefix("a"), options));
        Assert.Equal((EtcdStatusCode.Unimplemented, words), (refused.Code, refused.Message));
    }

    [Fact]
    public async Task A_streamed_range_ends_at_its_deadline_and_outlives_a_lost_connection()
    {
        using FaultProxy proxy = new(servers.PortOf(Server.Netcd));
        await using EtcdClient client = new(proxy.Endpoint);
        const string Prefix = "streamed-late/";
        string[] names = await FillAsync(client, Prefix);
        proxy.Cut();
        RangeOptions options = new() { Streamed = true };
        Assert.Equal(names, (await client.Keys.RangeAsync(KeyRange.Prefix(Prefix), options)).KeyValues.Select(static kv => kv.KeyText));
        proxy.SwallowsAnswers = true;
        long began = Stopwatch.GetTimestamp();
        EtcdException late = await Assert.ThrowsAnyAsync<EtcdException>(
            () => client.Keys.RangeAsync(KeyRange.Prefix(Prefix), options with { Timeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(EtcdStatusCode.DeadlineExceeded, late.Code);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.9, 20);
    }

    private static async Task<string[]> FillAsync(EtcdClient client, string prefix, string? value = null, int count = Count)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(n => $"{prefix}{n:00000}")];
        foreach (string[] some in names.Chunk(100))
        {
            await client.Keys.CommitAsync(Transaction.Of([.. some.Select(name => Operation.Put(name, value ?? "value of " + name))]));
        }

        return names;
    }
}
