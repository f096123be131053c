using System.Text;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Keys;

public sealed class TransactionTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Large_answers_to_writes_come_whole(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        const int Keys = 200;
        KeyRange all = KeyRange.Prefix("large-answers/");
        string value = new('v', 2_000);
        Operation[] puts = [.. Enumerable.Range(0, Keys).Select(index => Operation.Put($"large-answers/{index}", value))];
        await client.Keys.CommitAsync(Transaction.Of(puts[..(Keys / 2)]));
        TransactionResult read = await client.Keys.CommitAsync(Transaction.Of([Operation.Read(all), .. puts[(Keys / 2)..]]));
        Assert.Equal(Keys / 2, read.Results[0].Range!.KeyValues.Count);
        DeleteResult deleted = await client.Keys.DeleteAsync(all, new DeleteOptions { ReturnPrevious = true });
        Assert.Equal((Keys, Keys), (deleted.Deleted, deleted.Previous.Count));
        Assert.All(deleted.Previous, previous => Assert.Equal(value, previous.ValueText));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task One_branch_is_carried_out_at_one_revision_with_what_is_nested_in_it(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await client.Keys.PutAsync("txn/a", "1");
        Transaction transaction = Transaction
            .If(Condition.Value("txn/a", Comparison.Equal, "1"), Condition.IsAbsent("txn/b"), Condition.Exists("txn/a"))
            .Then(
                Operation.Read("txn/a"),
                Operation.Put("txn/b", "2", new PutOptions { ReturnPrevious = true }),
                Operation.Delete("txn/c"),
                Operation.Nested(Transaction.If(Condition.Version("txn/a", Comparison.Greater, 100)).Else(Operation.Put("txn/d", "4"))))
            .Else(Operation.Read(KeyRange.Prefix("txn/"), new RangeOptions { CountOnly = true }));
        TransactionResult done = await client.Keys.CommitAsync(transaction);
        Assert.True(done.Succeeded);
        Assert.Equal(4, done.Results.Count);
        Assert.Equal("1", Assert.Single(done.Results[0].Range!.KeyValues).ValueText);
        Assert.Null(done.Results[1].Put!.Previous);
        Assert.Equal(0, done.Results[2].Delete!.Deleted);
        Assert.False(done.Results[3].Transaction!.Succeeded);
        Assert.NotNull(Assert.Single(done.Results[3].Transaction!.Results).Put);
        foreach (string name in (string[])["txn/b", "txn/d"])
        {
            Assert.Equal(done.Header.Revision, (await client.Keys.GetAsync(name)).KeyValue!.ModRevision);
        }

        TransactionResult other = await client.Keys.CommitAsync(transaction);
        Assert.False(other.Succeeded);
        Assert.Equal(3, Assert.Single(other.Results).Range!.Count);
        await client.Keys.DeleteAsync(KeyRange.Prefix("txn/"));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Every_comparison_of_every_part_of_a_key_is_made(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        await client.Keys.PutAsync("compare", "m");
        KeyValue key = (await client.Keys.GetAsync("compare")).KeyValue!;
        foreach (Comparison comparison in Enum.GetValues<Comparison>())
        {
            foreach (int more in (int[])[-1, 0, 1])
            {
                bool expected = comparison switch
                {
                    Comparison.Equal => more == 0,
                    Comparison.NotEqual => more != 0,
                    Comparison.Greater => more < 0,
                    _ => more > 0,
                };
                Condition[] conditions =
                [
                    Condition.Version("compare", comparison, key.Version + more),
                    Condition.CreateRevision("compare", comparison, key.CreateRevision + more),
                    Condition.ModRevision("compare", comparison, key.ModRevision + more),
                    Condition.Lease("compare", comparison, key.Lease + more),
                    Condition.Value("compare", comparison, ((char)('m' + more)).ToString()),
                ];
                foreach (Condition condition in conditions)
                {
                    Assert.Equal(expected, (await client.Keys.CommitAsync(Transaction.If(condition))).Succeeded);
                }
            }
        }
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_conditional_write_is_made_or_tells_what_stands_in_its_way(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"conditional-{server}";
        ConditionalResult created = await client.Keys.CreateIfAbsentAsync(key, Bytes("1"));
        ConditionalResult twice = await client.Keys.CreateIfAbsentAsync(key, Bytes("2"));
        Assert.Equal((true, null), (created.Succeeded, created.Current));
        Assert.Equal((false, "1", created.Header.Revision), (twice.Succeeded, twice.Current!.ValueText, twice.Current.ModRevision));
        ConditionalResult replaced = await client.Keys.ReplaceIfRevisionAsync(key, twice.Current.ModRevision, Bytes("3"));
        Assert.True(replaced.Succeeded);
        Assert.False((await client.Keys.ReplaceIfRevisionAsync(key, twice.Current.ModRevision, Bytes("4"))).Succeeded);
        Assert.False((await client.Keys.DeleteIfRevisionAsync(key, created.Header.Revision)).Succeeded);
        Assert.True((await client.Keys.DeleteIfRevisionAsync(key, replaced.Header.Revision)).Succeeded);
        ConditionalResult gone = await client.Keys.DeleteIfRevisionAsync(key, replaced.Header.Revision);
        Assert.Equal((false, null), (gone.Succeeded, gone.Current));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Keys.DeleteIfRevisionAsync(KeyRange.Prefix(key), 1));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
