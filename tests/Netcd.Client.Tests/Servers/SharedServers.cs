using Netcd.Client;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Processes;

[assembly: AssemblyFixture(typeof(SharedServers))]

namespace Netcd.ClientTests.Servers;

/// <summary>Which server a test runs against.</summary>
public enum Server
{
    /// <summary>The netcd that was built with the tests.</summary>
    Netcd,

    /// <summary>The real etcd.</summary>
    Etcd,
}

/// <summary>A netcd and an etcd for all tests that do not break theirs. Each test has keys of its own.</summary>
public sealed class SharedServers : IAsyncLifetime
{
    private ServerPair? pair;

    public async ValueTask InitializeAsync() => pair = await ServerPair.StartAsync();

    public string EndpointOf(Server server) => Of(server).Endpoint;

    public int PortOf(Server server) => Of(server).Port;

    /// <summary>A client of its own for a test.</summary>
    public EtcdClient ClientOf(Server server) => new(EndpointOf(server));

    public ValueTask DisposeAsync() => pair?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal ServerProcess Of(Server server) => server == Server.Netcd ? pair!.Netcd : pair!.Etcd;
}
