using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Hosting;

/// <summary>What the health check reports, of both servers.</summary>
public sealed class HealthCheckTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_cluster_that_answers_is_healthy_with_its_revision(Server server)
    {
        await using ServiceProvider provider = Provider(servers.EndpointOf(server));
        PutResult put = await provider.GetRequiredService<IKeyValues>().PutAsync($"health-{server}", "1");
        HealthReportEntry entry = await CheckAsync(provider);
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.True((long)entry.Data["revision"] >= put.Header.Revision);
        Assert.True((ulong)entry.Data["term"] > 0);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task An_alarm_is_degraded_and_a_cluster_that_is_frozen_or_gone_unhealthy(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server, "--quota-backend-bytes", "60000");
        await using ServiceProvider provider = Provider(own.Process.Endpoint);
        await using ServiceProvider impatient = Provider(
            new EtcdClientOptions { Endpoints = [own.Process.Endpoint] }, TimeSpan.FromSeconds(2));
        IKeyValues keys = provider.GetRequiredService<IKeyValues>();

        // What is in use is known when a batch has been written, a tenth of a second later.
        await Assert.ThrowsAsync<EtcdException>(() => Poll.UntilAsync(async () =>
        {
            await keys.PutAsync($"fill/{Guid.NewGuid()}", new byte[10_000]);
            return false;
        }));
        HealthReportEntry alarmed = await CheckAsync(provider);
        Assert.Equal(HealthStatus.Degraded, alarmed.Status);
        Assert.Contains("NoSpace at ", alarmed.Description, StringComparison.Ordinal);
        own.Pause();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(impatient)).Status);
        own.Resume();
        await own.Process.KillAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(impatient)).Status);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_client_without_rights_finds_the_cluster_healthy_and_one_with_a_wrong_password_does_not(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server);
        await using EtcdClient root = new(own.Process.Endpoint);
        await root.Auth.AddUserAsync("root", "password of root");
        await root.Auth.GrantRoleAsync("root", "root");
        await root.Auth.AddUserAsync("guest", "password of guest");
        await root.Auth.EnableAsync();
        EtcdClientOptions guest = new() { Endpoints = [own.Process.Endpoint], UserName = "guest", Password = "password of guest" };
        await using ServiceProvider allowed = Provider(guest);
        await using ServiceProvider refused = Provider(guest with { Password = "not that of guest" });
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(allowed)).Status);
        HealthReportEntry entry = await CheckAsync(refused);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("authentication failed", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_key_tags_and_status_of_failure_are_those_asked_for()
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddKeyedEtcdClient("away", new EtcdClientOptions { Endpoints = [$"127.0.0.1:{FreePort.Next()}"] });
        services.AddHealthChecks().AddEtcd(
            "reports", clientKey: "away", HealthStatus.Degraded, tags: ["store"], timeout: TimeSpan.FromMilliseconds(300));
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthCheckService checks = provider.GetRequiredService<HealthCheckService>();
        HealthReport report = await checks.CheckHealthAsync(TestContext.Current.CancellationToken);
        (string name, HealthReportEntry entry) = Assert.Single(report.Entries);
        Assert.Equal(("reports", HealthStatus.Degraded, "store"), (name, entry.Status, Assert.Single(entry.Tags)));
    }

    private static ServiceProvider Provider(string endpoint) => Provider(new EtcdClientOptions { Endpoints = [endpoint] });

    /// <summary>A check that has all the time it needs, unless the test says how long it may take.</summary>
    private static ServiceProvider Provider(EtcdClientOptions options, TimeSpan? timeout = null)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddEtcdClient(options);
        services.AddHealthChecks().AddEtcd(timeout: timeout ?? TimeSpan.FromSeconds(30));
        return services.BuildServiceProvider();
    }

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider provider) =>
        (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["etcd"];
}
