using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Connecting;

public sealed class AmbiguousWriteTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_write_whose_answer_is_lost_is_not_repeated_and_said_to_be_unknown(Server server)
    {
        using FaultProxy proxy = new(servers.PortOf(server));
        await using EtcdClient direct = servers.ClientOf(server);
        await using EtcdClient client = new(proxy.Endpoint);
        string key = $"answer-lost-{server}";
        await client.Keys.GetAsync(key);
        proxy.SwallowsAnswers = true;
        Task<PutResult> put = client.Keys.PutAsync(key, "1");
        await Poll.UntilAsync(async () => (await direct.Keys.GetAsync(key)).KeyValue is not null);
        proxy.SwallowsAnswers = false;
        proxy.Cut();
        AmbiguousOutcomeException thrown = await Assert.ThrowsAsync<AmbiguousOutcomeException>(() => put);
        Assert.Contains(proxy.Endpoint, thrown.Message, StringComparison.Ordinal);

        // The next call makes a new connection; whatever the client would do about the put has been done by then.
        await client.Keys.PutAsync(key + "-after", "2");
        Assert.Equal(1, (await direct.Keys.GetAsync(key)).KeyValue!.Version);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Nor_is_it_at_another_endpoint_nor_after_its_deadline(Server server)
    {
        using FaultProxy proxy = new(servers.PortOf(server));
        using FaultProxy other = new(servers.PortOf(server));
        await using EtcdClient direct = servers.ClientOf(server);
        await using EtcdClient client = new(proxy.Endpoint, other.Endpoint);
        string key = $"answer-late-{server}";
        await client.Keys.GetAsync(key);
        await client.Keys.GetAsync(key);
        proxy.SwallowsAnswers = other.SwallowsAnswers = true;

        // Long enough for the put to be sent, also where the machine stands still for a while before that.
        PutOptions brief = new() { Timeout = TimeSpan.FromSeconds(4) };
        AmbiguousOutcomeException thrown =
            await Assert.ThrowsAsync<AmbiguousOutcomeException>(() => client.Keys.PutAsync(key, "1", brief));
        Assert.Equal(EtcdStatusCode.DeadlineExceeded, thrown.Code);
        await Poll.UntilAsync(async () => (await direct.Keys.GetAsync(key)).KeyValue is not null);

        Task<DeleteResult> deletion = client.Keys.DeleteAsync(key);
        await Poll.UntilAsync(async () => (await direct.Keys.GetAsync(key)).KeyValue is null);
        await direct.Keys.PutAsync(key, "back");
        proxy.SwallowsAnswers = other.SwallowsAnswers = false;
        proxy.Cut();
        other.Cut();
        await Assert.ThrowsAsync<AmbiguousOutcomeException>(() => deletion);
        await client.Keys.GetAsync(key);
        Assert.Equal("back", (await direct.Keys.GetAsync(key)).KeyValue!.ValueText);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_write_that_found_no_connection_is_made_elsewhere_and_a_read_is_repeated(Server server)
    {
        using FaultProxy proxy = new(servers.PortOf(server));
        await using EtcdClient client = new($"127.0.0.1:{FreePort.Next()}", proxy.Endpoint, $"127.0.0.1:{FreePort.Next()}");
        string key = $"no-connection-{server}";
        for (int n = 1; n <= 10; n++)
        {
            await client.Keys.PutAsync(key, $"{n}");
        }

        Assert.Equal(10, (await client.Keys.GetAsync(key)).KeyValue!.Version);
        proxy.SwallowsAnswers = true;
        int before = proxy.Forwarded;
        Task<GetResult> read = client.Keys.GetAsync(key);
        await Poll.UntilAsync(() => Task.FromResult(proxy.Forwarded > before));
        proxy.SwallowsAnswers = false;
        proxy.Cut();
        Assert.Equal(10, (await read).KeyValue!.Version);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_write_whose_answer_is_too_large_may_have_been_made(Server server)
    {
        await using EtcdClient direct = servers.ClientOf(server);
        string key = $"large-answer-{server}";
        await direct.Keys.PutAsync(key, new byte[100_000]);
        await using EtcdClient client = new(new EtcdClientOptions { Endpoints = [servers.EndpointOf(server)], MaxReceiveBytes = 10_000 });
        PutOptions returning = new() { ReturnPrevious = true };
        await Assert.ThrowsAsync<AmbiguousOutcomeException>(() => client.Keys.PutAsync(key, "small", returning));
        Assert.Equal("small", (await client.Keys.GetAsync(key)).KeyValue!.ValueText);
    }

    [Fact]
    public async Task Where_nobody_listens_a_call_fails_with_the_address_within_its_time()
    {
        string nobody = $"127.0.0.1:{FreePort.Next()}";
        await using EtcdClient client = new(new EtcdClientOptions { Endpoints = [nobody], MaxRetries = 3 });
        EtcdUnavailableException read = await Assert.ThrowsAsync<EtcdUnavailableException>(() => client.Keys.GetAsync("a"));
        EtcdUnavailableException write = await Assert.ThrowsAsync<EtcdUnavailableException>(() => client.Keys.PutAsync("a", "b"));
        Assert.Contains(nobody, read.Message, StringComparison.Ordinal);
        Assert.Contains(nobody, write.Message, StringComparison.Ordinal);
        await using EtcdClient patient = new(nobody);
        GetOptions brief = new() { Timeout = TimeSpan.FromSeconds(4) };
        await Assert.ThrowsAsync<EtcdUnavailableException>(() => patient.Keys.GetAsync("a", brief).WaitAsync(TimeSpan.FromSeconds(60)));
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => patient.Keys.PutAsync("a", "b", cancel: source.Token));
    }

    [Fact]
    public async Task A_web_server_is_said_not_to_be_etcd()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static server =>
            server.Listen(System.Net.IPAddress.Loopback, 0, static port => port.Protocols = HttpProtocols.Http2));
        await using WebApplication web = builder.Build();
        web.MapGet("/", static () => "a page");
        await web.StartAsync();
        string address = web.Urls.Single();
        await using EtcdClient client = new(new EtcdClientOptions { Endpoints = [address], MaxRetries = 1 });
        EtcdException thrown = await Assert.ThrowsAsync<EtcdException>(() => client.Keys.PutAsync("a", "b"));
        Assert.StartsWith($"{address} does not answer as etcd does", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_costs_the_time_to_connect_and_no_write()
    {
        using System.Net.Sockets.TcpListener silent = new(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        EtcdClientOptions options = new()
        {
            Endpoints = [$"https://{silent.LocalEndpoint}"],
            DialTimeout = TimeSpan.FromMilliseconds(300),
            MaxRetries = 1,
        };
        await using EtcdClient client = new(options);
        await Assert.ThrowsAsync<EtcdUnavailableException>(() => client.Keys.PutAsync("a", "b"));
    }
}
