using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Keys;

public sealed class RangeTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Ranges_are_prefixes_intervals_single_keys_and_all_from_one_on(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        foreach (string name in (string[])["range/a", "range/b", "range/c", "range0"])
        {
            await client.Keys.PutAsync(name, $"{name} of {server}");
        }

        Assert.Equal(["range/a", "range/b", "range/c"], await NamesAsync(client, KeyRange.Prefix("range/")));
        Assert.Equal(["range/a", "range/b"], await NamesAsync(client, KeyRange.Between("range/a", "range/c")));
        Assert.Equal(["range/b"], await NamesAsync(client, "range/b"));
        Assert.Equal(["range/c", "range0"], (await NamesAsync(client, KeyRange.From("range/c")))[..2]);
        Assert.Contains("range0", await NamesAsync(client, KeyRange.All));
        Assert.Equal((KeyRange.All, KeyRange.All), (KeyRange.Prefix(""), KeyRange.From("")));
        Assert.Equal(KeyRange.From(new byte[] { 0xff }), KeyRange.Prefix(new byte[] { 0xff }));
        Assert.Equal(KeyRange.Between(new byte[] { 1, 0xff }, new byte[] { 2 }), KeyRange.Prefix(new byte[] { 1, 0xff }));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Every_option_does_what_it_says(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        KeyRange all = KeyRange.Prefix("options/");
        long first = (await client.Keys.PutAsync("options/a", "3")).Header.Revision;
        long second = (await client.Keys.PutAsync("options/b", "1")).Header.Revision;
        long third = (await client.Keys.PutAsync("options/c", "2")).Header.Revision;
        long fourth = (await client.Keys.PutAsync("options/a", "3")).Header.Revision;
        string[] names = await NamesAsync(client, all, new RangeOptions { SortBy = SortBy.Value });
        Assert.Equal(["options/b", "options/c", "options/a"], names);
        Assert.Equal(["options/a", "options/c"], await NamesAsync(client, all, new RangeOptions
        {
            SortBy = SortBy.ModRevision,
            Descending = true,
            Limit = 2,
        }));
        Assert.Equal("options/a", (await NamesAsync(client, all, new RangeOptions { SortBy = SortBy.Version }))[^1]);
        Assert.Equal(
            ["options/c", "options/b", "options/a"],
            await NamesAsync(client, all, new RangeOptions { SortBy = SortBy.CreateRevision, Descending = true }));
        Assert.Equal(["options/c", "options/a"], (await NamesAsync(client, all, new RangeOptions { MinModRevision = third })).Reverse());
        Assert.Equal(["options/b"], await NamesAsync(client, all, new RangeOptions { MaxModRevision = second }));
        Assert.Equal(["options/c"], await NamesAsync(client, all, new RangeOptions { MinCreateRevision = third }));
        Assert.Equal(["options/a"], await NamesAsync(client, all, new RangeOptions { MaxCreateRevision = first }));
        Assert.Equal(["options/a", "options/b"], await NamesAsync(client, all, new RangeOptions { Revision = second }));

        RangeResult limited = await client.Keys.RangeAsync(all, new RangeOptions { Limit = 1, KeysOnly = true, Serializable = true });
        Assert.Equal((3L, true, 0), (limited.Count, limited.HasMore, limited.KeyValues[0].Value.Length));
        Assert.Equal(fourth, limited.KeyValues[0].ModRevision);
        RangeResult counted = await client.Keys.RangeAsync(all, new RangeOptions { CountOnly = true });
        Assert.Equal((3L, 0), (counted.Count, counted.KeyValues.Count));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task What_is_deleted_is_counted_and_given_back(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await client.Keys.PutAsync("deleted/1", "a");
        await client.Keys.PutAsync("deleted/2", "b");
        await client.Keys.PutAsync("deleted0", "c");
        DeleteResult deleted = await client.Keys.DeleteAsync(KeyRange.Prefix("deleted/"), new DeleteOptions { ReturnPrevious = true });
        Assert.Equal((2L, "a", "b"), (deleted.Deleted, deleted.Previous[0].ValueText, deleted.Previous[1].ValueText));
        Assert.Equal(1, (await client.Keys.DeleteAsync("deleted0")).Deleted);
        DeleteResult nothing = await client.Keys.DeleteAsync("deleted0");
        Assert.Equal((0L, 0), (nothing.Deleted, nothing.Previous.Count));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Bytes_that_are_no_text_are_keys_and_values(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        byte[] key = [0xff, 0x00, 0xfe, (byte)server];
        byte[] value = [0x00, 0x80, 0xff];
        await client.Keys.PutAsync(key, value);
        Assert.Equal(value, (await client.Keys.GetAsync(key)).KeyValue!.Value.ToArray());
        Assert.Equal(key, (await client.Keys.RangeAsync(KeyRange.Prefix(new byte[] { 0xff }))).KeyValues[0].Key.ToArray());
        Assert.Equal(1, (await client.Keys.DeleteAsync(key)).Deleted);
    }

    private static async Task<string[]> NamesAsync(EtcdClient client, KeyRange range, RangeOptions? options = null) =>
        [.. (await client.Keys.RangeAsync(range, options)).KeyValues.Select(static found => found.KeyText)];
}
