using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Transactions;
using Netcd.Client.Views;
using Netcd.Client.Watching;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Documents;

/// <summary>The examples of docs/client.md and of the package's README.</summary>
public sealed class ClientExamples : IAsyncLifetime
{
    private readonly StringWriter written = new() { NewLine = "\n" };
    private readonly TemporaryFolder folder = new();
    private ServerProcess? server;

    public async ValueTask InitializeAsync() => server = await ServerProcess.NetcdAsync(folder.At("data"));

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        folder.Dispose();
    }

    private string Written => written.ToString();

    /// <summary>What examples write to: the console's name, without its text in that of the tests.</summary>
    private StringWriter Console => written;

    [Fact]
    public async Task All_of_them_do_what_they_show()
    {
        string endpoint = server!.Endpoint;
        await FirstLinesAsync(endpoint);
        await WatchedGreetingAsync(endpoint);
        await using EtcdClient client = new(endpoint);
        await KeysAsync(client);
        await StockAsync(client);
        await WatchAsync(client);
        await ViewAsync(client);
        await LeaseAsync(client);
        await LockAsync(client);
        Options();
    }

    private async Task FirstLinesAsync(string endpoint)
    {
        await using EtcdClient client = new(endpoint);
        await client.Keys.PutAsync("greeting", "hello");
        GetResult read = await client.Keys.GetAsync("greeting");
        Console.WriteLine(read.KeyValue?.ValueText);
        Assert.Equal("hello\n", Written);
    }

    private async Task WatchedGreetingAsync(string endpoint)
    {
        written.GetStringBuilder().Clear();
        await using EtcdClient client = new(endpoint);
        PutResult put = await client.Keys.PutAsync("greeting", "hello");
        GetResult read = await client.Keys.GetAsync("greeting");
        Console.WriteLine(read.KeyValue?.ValueText);

        await foreach (WatchBatch batch in client.Watches.WatchAsync("greeting", new WatchOptions { StartRevision = put.Header.Revision }))
        {
            Console.WriteLine($"{batch.Revision}: {batch.Events[0].KeyValue.ValueText}");
            break;
        }

        Assert.Equal($"hello\n{put.Header.Revision}: hello\n", Written);
    }

    private async Task KeysAsync(EtcdClient client)
    {
        written.GetStringBuilder().Clear();
        await client.Keys.PutAsync("users/ann", "1");
        await client.Keys.PutAsync("users/bob", "2");
        RangeOptions oldest = new() { Limit = 10, SortBy = SortBy.ModRevision };
        RangeResult users = await client.Keys.RangeAsync(KeyRange.Prefix("users/"), oldest);
        await foreach (KeyValue found in client.Keys.ScanAsync(KeyRange.Prefix("users/")))
        {
            Console.WriteLine(found.KeyText);
        }

        Assert.Equal(("users/ann\nusers/bob\n", 2), (Written, users.Count));
        await client.Keys.PutAsync("from", "here");
        await client.Keys.PutAsync("config", "old");
        GetResult read = await client.Keys.GetAsync("config");
        TransactionResult moved = await client.Keys.CommitAsync(Transaction
            .If(Condition.Exists("from"), Condition.IsAbsent("to"))
            .Then(Operation.Delete("from"), Operation.Put("to", "value"))
            .Else(Operation.Read("to")));

        ConditionalResult set = await client.Keys.ReplaceIfRevisionAsync("config", read.KeyValue!.ModRevision, "new"u8.ToArray());
        Assert.True(moved.Succeeded && set.Succeeded);
        Assert.Equal("new", (await client.Keys.GetAsync("config")).KeyValue?.ValueText);
    }

    private static async Task StockAsync(EtcdClient client)
    {
        await client.Keys.PutAsync("stock", "7");
        await client.Keys.RunAsync(async transaction =>
        {
            int stock = int.Parse((await transaction.GetTextAsync("stock"))!);
            if (stock > 0)
            {
                transaction.Put("stock", $"{stock - 1}");
            }
        });
        Assert.Equal("6", (await client.Keys.GetAsync("stock")).KeyValue?.ValueText);
    }

    private async Task WatchAsync(EtcdClient writer)
    {
        written.GetStringBuilder().Clear();
        await using EtcdClient client = new(server!.Endpoint);
        Task watching = Task.Run(WatchUsersAsync, TestContext.Current.CancellationToken);
        await Poll.UntilAsync(async () =>
        {
            await writer.Keys.PutAsync("users/cid", "3");
            return Written.Contains(": Put users/cid\n", StringComparison.Ordinal);
        });
        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => watching);

        async Task WatchUsersAsync()
        {
            WatchOptions options = new() { PreviousValues = true };
            await foreach (WatchBatch batch in client.Watches.WatchAsync(KeyRange.Prefix("users/"), options))
            {
                foreach (WatchEvent change in batch.Events)
                {
                    Console.WriteLine($"{batch.Revision}: {change.Type} {change.KeyValue.KeyText}");
                }
            }
        }
    }

    private async Task ViewAsync(EtcdClient client)
    {
        written.GetStringBuilder().Clear();
        await client.Keys.PutAsync("config/level", "debug");
        await using PrefixView settings = client.OpenView("config/");
        await settings.WaitReadyAsync();
        using IDisposable listening = settings.OnChange(change => Console.WriteLine($"{change.Events.Count} changes"));
        string? level = settings.Current.Find("config/level")?.ValueText;
        Assert.Equal("debug", level);
        await client.Keys.DeleteAsync("config/level");
        await Poll.UntilAsync(() => Task.FromResult(Written == "1 changes\n"));
    }

    private static async Task LeaseAsync(EtcdClient client)
    {
        {
            await using LeaseHandle lease = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(30));
            await client.Keys.PutAsync("workers/1", "here", new PutOptions { Lease = lease.Id });
            Assert.Equal(lease.Id, (await client.Keys.GetAsync("workers/1")).KeyValue?.Lease);
        }

        Assert.Null((await client.Keys.GetAsync("workers/1")).KeyValue);
    }

    private static async Task LockAsync(EtcdClient client)
    {
        await using EtcdSession session = await client.Coordination.OpenSessionAsync(TimeSpan.FromSeconds(15));
        await using EtcdLock held = await session.Mutex("jobs/nightly").LockAsync();
        await client.Keys.CommitAsync(Transaction.If(held.IsStillHeld).Then(Operation.Put("state/nightly", "running")));
        Assert.Equal("running", (await client.Keys.GetAsync("state/nightly")).KeyValue?.ValueText);
    }

    private static void Options()
    {
        EtcdClientOptions options = new()
        {
            Endpoints = ["https://a.example:2379", "https://b.example:2379"],
            UserName = "app",
            PasswordFile = "/run/secrets/etcd-password",
            Tls = new EtcdTlsOptions { CaFile = "/etc/etcd/ca.crt", CertificateFile = "/etc/etcd/app.crt", KeyFile = "/etc/etcd/app.key" },
        };
        Assert.Contains("/etc/etcd/ca.crt", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
