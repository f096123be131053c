using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Documents;

/// <summary>The examples of the packages for hosts.</summary>
public sealed class HostingExamples(SharedServers servers)
{
    [Fact]
    public async Task Clients_are_registered_and_checked_as_shown()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Etcd:Endpoints:0"] = servers.EndpointOf(Server.Netcd),
            ["ReportsEtcd:Endpoints"] = servers.EndpointOf(Server.Etcd),
            ["ReportsEtcd:CallTimeout"] = "00:00:05",
        });
        builder.Services.AddEtcdClient(builder.Configuration.GetSection("Etcd"));
        builder.Services.AddKeyedEtcdClient("reports", builder.Configuration.GetSection("ReportsEtcd"));
        builder.Services.AddHealthChecks().AddEtcd();

        await using WebApplication host = builder.Build();
        await host.Services.GetRequiredService<IKeyValues>().PutAsync("hosted", "at netcd");
        await host.Services.GetRequiredKeyedService<IKeyValues>("reports").PutAsync("hosted", "at etcd");
        Assert.Equal("at netcd", (await host.Services.GetRequiredService<IKeyValues>().GetAsync("hosted")).KeyValue?.ValueText);
        HealthCheckService checks = host.Services.GetRequiredService<HealthCheckService>();
        HealthReport report = await checks.CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }
}
