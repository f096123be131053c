using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Netcd.Client;
using Netcd.Client.Auth;
using Netcd.Client.Cluster;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Maintenance;
using Netcd.Client.Watching;
using Netcd.ClientTests.Servers;
using Netcd.ClientTests.Telemetry;

namespace Netcd.ClientTests.Hosting;

/// <summary>Clients as services, from options and from configuration.</summary>
public sealed class RegistrationTests(SharedServers servers)
{
    private static readonly Type[] Capabilities =
    [
        typeof(IKeyValues), typeof(IWatches), typeof(ILeases), typeof(ICoordination), typeof(ICluster), typeof(IMaintenance), typeof(IAuth),
    ];

    /// <summary>The event that says that a member does not answer.</summary>
    private const int MemberLost = 5001;

    /// <summary>What configuration cannot name: services of the program.</summary>
    private static readonly string[] FromServices = [nameof(EtcdClientOptions.TimeProvider), nameof(EtcdClientOptions.LoggerFactory)];

    [Fact]
    public async Task Each_capability_is_the_one_clients_and_all_end_with_the_container()
    {
        EtcdClient client;
        ServiceCollection services = new();
        await using (ServiceProvider provider = services.AddEtcdClient(servers.EndpointOf(Server.Netcd)).BuildServiceProvider())
        {
            client = provider.GetRequiredService<EtcdClient>();
            object[] ofServices = [.. Capabilities.Select(provider.GetRequiredService)];
            Assert.Equal(
                [client.Keys, client.Watches, client.Leases, client.Coordination, client.Cluster, client.Maintenance, client.Auth],
                ofServices);
            await client.Keys.PutAsync("registered", "once");
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.Keys.GetAsync("registered"));
    }

    [Fact]
    public async Task Clients_under_keys_are_of_clusters_of_their_own()
    {
        ServiceCollection services = new();
        services.AddKeyedEtcdClient("first", new EtcdClientOptions { Endpoints = [servers.EndpointOf(Server.Netcd)] });
        services.AddKeyedEtcdClient("second", _ => new EtcdClientOptions { Endpoints = [servers.EndpointOf(Server.Etcd)] });
        await using ServiceProvider provider = services.BuildServiceProvider();
        await provider.GetRequiredKeyedService<EtcdClient>("first").Keys.PutAsync("keyed", "at the first");
        await provider.GetRequiredKeyedService<EtcdClient>("second").Keys.PutAsync("keyed", "at the second");
        foreach ((string key, string value) in ((string, string)[])[("first", "at the first"), ("second", "at the second")])
        {
            Assert.All(Capabilities, type => Assert.NotNull(provider.GetRequiredKeyedService(type, key)));
            Assert.Equal(value, (await provider.GetRequiredKeyedService<IKeyValues>(key).GetAsync("keyed")).KeyValue?.ValueText);
        }

        Assert.Null(provider.GetService<EtcdClient>());
    }

    [Fact]
    public async Task The_client_logs_where_the_program_does()
    {
        using RecordingLog written = new();
        ServiceCollection services = new();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(written));
        services.AddEtcdClient(new EtcdClientOptions
        {
            Endpoints = [$"127.0.0.1:{FreePort.Next()}"],
            MaxRetries = 1,
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        await Assert.ThrowsAnyAsync<EtcdException>(() => provider.GetRequiredService<IKeyValues>().GetAsync("nobody there"));
        Assert.Contains(written.Events, static seen => seen.Id == MemberLost);
    }

    [Fact]
    public void Every_option_can_stand_in_the_configuration()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.At("file"), "");
        string[] unread = [.. Options(typeof(EtcdClientOptions), "").Concat(Options(typeof(EtcdTlsOptions), "Tls:"))
            .Where(name => IsDefault(name, folder.At("file")))];
        Assert.Equal([], unread);
    }

    [Theory]
    [InlineData("Etcd:Endpoint", "http://a.example:2379", "Etcd:Endpoint is not an option of the client: there are Endpoints, ")]
    [InlineData("Etcd:Tls:Ca", "file", "Etcd:Tls:Ca is not an option")]
    [InlineData("Etcd:CallTimeout", "5s", "Etcd:CallTimeout must be a time such as 00:00:05, not '5s'")]
    [InlineData("Etcd:MaxRetries", "many", "Etcd:MaxRetries must be a whole number")]
    [InlineData("Etcd:RetryJitter", "0,x", "Etcd:RetryJitter must be a number")]
    [InlineData("Etcd:RequireLeader", "yes", "Etcd:RequireLeader must be true or false, not 'yes'")]
    [InlineData("Etcd:MaxRetries", "-1", "MaxRetries must not be negative")]
    [InlineData("Other:Endpoints", "http://a.example:2379", "no endpoint is given")]
    public async Task What_is_wrong_in_the_configuration_is_said_when_the_client_is_asked_for(string name, string value, string text)
    {
        Dictionary<string, string?> settings = new() { [name] = value };
        if (text.StartsWith("Max", StringComparison.Ordinal))
        {
            settings["Etcd:Endpoints"] = "http://a.example:2379";
        }

        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        ServiceCollection services = new();
        services.AddEtcdClient(configuration.GetSection("Etcd"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<EtcdClient>());
        Assert.StartsWith(text, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_options_are_refused_where_they_are_registered()
    {
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddEtcdClient());
        Assert.Contains("no endpoint is given", wrong.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Options(Type type, string path) => type.GetProperties()
        .Select(static property => property.Name)
        .Where(static name => !FromServices.Contains(name) && name != nameof(EtcdClientOptions.Tls))
        .Select(name => path + name);

    /// <summary>Whether an option still has its default where the configuration has another value.</summary>
    private static bool IsDefault(string name, string file)
    {
        bool isOfTls = name.StartsWith("Tls:", StringComparison.Ordinal);
        PropertyInfo property = (isOfTls ? typeof(EtcdTlsOptions) : typeof(EtcdClientOptions)).GetProperty(name.Split(':')[^1])!;
        string value = property.PropertyType switch
        {
            var type when type == typeof(TimeSpan) => "00:00:07",
            var type when type == typeof(int) => "77",
            var type when type == typeof(double) => "0.77",
            var type when type == typeof(bool) => "true",
            _ => file,
        };
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        EtcdClientOptions read = EtcdClientConfiguration.Read(configuration);
        return isOfTls
            ? read.Tls is null || Equals(property.GetValue(read.Tls), property.GetValue(new EtcdTlsOptions()))
            : Equals(property.GetValue(read), property.GetValue(new EtcdClientOptions()));
    }
}
