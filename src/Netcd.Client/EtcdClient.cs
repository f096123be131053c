using Netcd.Client.Auth;
using Netcd.Client.Cluster;
using Netcd.Client.Connecting;
using Netcd.Client.Keys;
using Netcd.Client.Maintenance;

namespace Netcd.Client;

/// <summary>
/// A client of a cluster of etcd or netcd. One is enough for a whole program; everything may be called from any thread.
/// </summary>
public sealed class EtcdClient : IAsyncDisposable
{
    private readonly EtcdConnection connection;

    /// <summary>Makes a client. It connects when it is first called.</summary>
    /// <param name="options">How to reach the cluster.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    public EtcdClient(EtcdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        connection = new EtcdConnection(options);
        Keys = new KeyValues(connection);
        Cluster = new ClusterMembers(connection);
        Maintenance = new MaintenanceRequests(connection);
        Auth = new Accounts(connection);
    }

    /// <summary>Makes a client with the defaults.</summary>
    /// <param name="endpoints">The members, such as <c>http://127.0.0.1:2379</c>.</param>
    /// <exception cref="ArgumentException">An endpoint is wrong; the message says which.</exception>
    public EtcdClient(params string[] endpoints)
        : this(new EtcdClientOptions { Endpoints = endpoints })
    {
    }

    /// <summary>Keys and values.</summary>
    public IKeyValues Keys { get; }

    /// <summary>The members of the cluster.</summary>
    public ICluster Cluster { get; }

    /// <summary>What operators ask of members.</summary>
    public IMaintenance Maintenance { get; }

    /// <summary>Users and roles.</summary>
    public IAuth Auth { get; }

    /// <summary>Ends all that goes on, and closes the connections.</summary>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
