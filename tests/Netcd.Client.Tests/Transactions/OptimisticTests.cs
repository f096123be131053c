using System.Globalization;
using Netcd.Client;
using Netcd.Client.Transactions;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Transactions;

/// <summary>Transactions that run again where others were quicker, and what each isolation lets through.</summary>
public sealed class OptimisticTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Money_that_is_moved_about_by_many_stays_the_same(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string p = $"accounts-{server}/";
        foreach (int n in Enumerable.Range(0, 4))
        {
            await client.Keys.PutAsync($"{p}{n}", "100");
        }

        int attempts = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async mover =>
        {
            Random random = new(mover);
            for (int move = 0; move < 10; move++)
            {
                (string from, string to) = ($"{p}{random.Next(4)}", $"{p}{random.Next(4)}");
                OptimisticResult result = await client.Keys.RunAsync(
                    async transaction =>
                    {
                        transaction.Put(from, Text(await NumberAsync(transaction, from) - 7));
                        transaction.Put(to, Text(await NumberAsync(transaction, to) + 7));
                    },
                    new OptimisticOptions { Prefetch = mover % 2 == 0 ? [from, to] : [] });
                Interlocked.Add(ref attempts, result.Attempts);
            }
        }));
        OptimisticResult<int> sum = await client.Keys.RunAsync(async transaction =>
        {
            int total = 0;
            foreach (int n in Enumerable.Range(0, 4))
            {
                total += await NumberAsync(transaction, $"{p}{n}");
            }

            return total;
        });
        Assert.Equal(400, sum.Value);
        Assert.True(attempts > 80, "nobody was in anybody's way");
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_snapshot_is_of_one_revision_whatever_others_do(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        (string a, string b) = ($"snap-a-{server}", $"snap-b-{server}");
        await client.Keys.PutAsync(a, "1");
        await client.Keys.PutAsync(b, "1");
        List<string> seen = [];
        OptimisticResult result = await client.Keys.RunAsync(async transaction =>
        {
            string first = (await transaction.GetTextAsync(a))!;
            if (seen.Count == 0)
            {
                await client.Keys.PutAsync(a, "2");
                await client.Keys.PutAsync(b, "2");
            }

            seen.Add($"{first} {await transaction.GetTextAsync(b)}");
            transaction.Put(a, "mine");
            Assert.Equal("mine", await transaction.GetTextAsync(a));
            transaction.Delete(b);
            Assert.Null(await transaction.GetAsync(b));
        });
        Assert.Equal(2, result.Attempts);
        Assert.Equal(["1 1", "2 2"], seen);
        Assert.Equal("mine", (await client.Keys.GetAsync(a)).KeyValue!.ValueText);
        Assert.Equal(result.Header.Revision, (await client.Keys.GetAsync(a)).KeyValue!.ModRevision);
        Assert.Null((await client.Keys.GetAsync(b)).KeyValue);
    }

    [Theory]
    [InlineData(Isolation.SerializableSnapshot, 2, "theirs 1", 2)]
    [InlineData(Isolation.Serializable, 2, "theirs 1", 1)]
    [InlineData(Isolation.RepeatableReads, 2, "theirs 1", 1)]
    [InlineData(Isolation.ReadCommitted, 1, "1 1", 1)]
    public async Task Isolations_differ_in_what_they_let_others_change(
        Isolation isolation, int attemptsIfReadChanged, string lastSeen, int attemptsIfWrittenChanged)
    {
        await using EtcdClient client = servers.ClientOf(Server.Netcd);
        (string read, string written, string other) = ($"read-{isolation}", $"written-{isolation}", $"other-{isolation}");
        foreach (string key in (string[])[read, written, other])
        {
            await client.Keys.PutAsync(key, "1");
        }

        OptimisticOptions options = new() { Isolation = isolation };
        string seen = "";
        bool isFirst = true;
        OptimisticResult readChanged = await client.Keys.RunAsync(
            async transaction =>
            {
                string before = (await transaction.GetTextAsync(read))!;
                if (isFirst)
                {
                    await client.Keys.PutAsync(read, "theirs");
                }

                isFirst = false;
                Assert.Equal(before, await transaction.GetTextAsync(read));
                seen = $"{before} {await transaction.GetTextAsync(other)}";
                transaction.Put(written, "ours");
            },
            options);
        Assert.Equal((attemptsIfReadChanged, lastSeen), (readChanged.Attempts, seen));

        isFirst = true;
        OptimisticResult writtenChanged = await client.Keys.RunAsync(
            async transaction =>
            {
                await transaction.GetAsync(other);
                if (isFirst)
                {
                    await client.Keys.PutAsync(written, "theirs");
                }

                isFirst = false;
                transaction.Put(written, "ours");
            },
            options);
        Assert.Equal(attemptsIfWrittenChanged, writtenChanged.Attempts);
        Assert.Equal("ours", (await client.Keys.GetAsync(written)).KeyValue!.ValueText);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task What_a_body_throws_ends_it_and_nothing_is_written(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string key = $"thrown-{server}";
        await Assert.ThrowsAsync<InvalidDataException>(() => client.Keys.RunAsync(transaction =>
        {
            transaction.Put(key, "v");
            throw new InvalidDataException();
        }));
        Assert.Null((await client.Keys.GetAsync(key)).KeyValue);
        await Assert.ThrowsAsync<ArgumentException>(() => client.Keys.RunAsync(
            static transaction => transaction.GetAsync(KeyRange.Prefix("many"))));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_revision_that_is_compacted_meanwhile_means_another_attempt(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient client = own.NewClient();
        await client.Keys.PutAsync("a", "1");
        bool isFirst = true;
        OptimisticResult<string?> result = await client.Keys.RunAsync(async transaction =>
        {
            await transaction.GetAsync("a");
            if (isFirst)
            {
                isFirst = false;
                await client.Keys.PutAsync("b", "1");
                await client.Keys.CompactAsync((await client.Keys.PutAsync("b", "2")).Header.Revision, physical: true);
            }

            return await transaction.GetTextAsync("b");
        });
        Assert.Equal(("2", 2), (result.Value, result.Attempts));
    }

    private static async Task<int> NumberAsync(OptimisticTransaction transaction, string key) =>
        int.Parse((await transaction.GetTextAsync(key))!, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
