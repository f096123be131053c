using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Keys;

public sealed class PutAndGetTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task What_was_put_is_read_with_its_revisions(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"put-and-get-{server}";
        Assert.Null((await client.Keys.GetAsync(key)).KeyValue);
        PutResult first = await client.Keys.PutAsync(key, "one");
        PutResult second = await client.Keys.PutAsync(key, $"two of {server}", new PutOptions { ReturnPrevious = true });
        Assert.Null(first.Previous);
        Assert.Equal("one", second.Previous!.ValueText);
        GetResult read = await client.Keys.GetAsync(key);
        KeyValue found = Assert.IsType<KeyValue>(read.KeyValue);
        Assert.Equal((key, $"two of {server}"), (found.KeyText, found.ValueText));
        Assert.Equal(
            (first.Header.Revision, second.Header.Revision, 2L, 0L),
            (found.CreateRevision, found.ModRevision, found.Version, found.Lease));
        Assert.Equal(second.Header with { Revision = read.Header.Revision }, read.Header);
        Assert.Equal("one", (await client.Keys.GetAsync(key, new GetOptions { Revision = first.Header.Revision })).KeyValue!.ValueText);
    }
}
