using System.Text;
using Netcd.Client.Auth;
using Netcd.Client.Cluster;
using Netcd.Client.Connecting;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Client.Leases;
using Netcd.Client.Maintenance;
using Netcd.Client.Namespaces;
using Netcd.Client.Views;
using Netcd.Client.Watching;

namespace Netcd.Client;

/// <summary>
/// A client of a cluster of etcd or netcd. One is enough for a whole program; everything may be called from any thread.
/// </summary>
public sealed class EtcdClient : IAsyncDisposable
{
    private readonly EtcdConnection connection;
    private readonly WatchClient watches;
    private readonly LeaseClient leases;

    /// <summary>Makes a client. It connects when it is first called.</summary>
    /// <param name="options">How to reach the cluster.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    public EtcdClient(EtcdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        connection = new EtcdConnection(options);
        Keys = new KeyValues(connection);
        watches = new WatchClient(connection, options.TimeProvider);
        leases = new LeaseClient(connection, options.TimeProvider);
        Coordination = new CoordinationClient(Keys, Watches, Leases);
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

    /// <summary>Watches of keys.</summary>
    public IWatches Watches => watches;

    /// <summary>Leases, and what renews them.</summary>
    public ILeases Leases => leases;

    /// <summary>Locks, elections and the like.</summary>
    public ICoordination Coordination { get; }

    /// <summary>Opens a local copy of all keys with a prefix, which is kept up to date.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <returns>The view, which begins to read; it is to be disposed.</returns>
    public PrefixView OpenView(ReadOnlyMemory<byte> prefix) => new(Keys, Watches, prefix);

    /// <summary>Opens a local copy of all keys with a prefix, which is kept up to date.</summary>
    /// <param name="prefix">The prefix, as UTF-8.</param>
    /// <returns>The view, which begins to read; it is to be disposed.</returns>
    public PrefixView OpenView(string prefix) => OpenView(Encoding.UTF8.GetBytes(prefix));

    /// <summary>The keys below a prefix as if there were no others.</summary>
    /// <param name="prefix">The prefix, as UTF-8; it usually ends with a slash.</param>
    public EtcdNamespace Namespace(string prefix) => new(Keys, Watches, Leases, Encoding.UTF8.GetBytes(prefix));

    /// <summary>Ends all that goes on, and closes the connections. Watches fail with <see cref="ObjectDisposedException"/>; leases that
    /// were renewed count as lost, and end by themselves.</summary>
    public async ValueTask DisposeAsync()
    {
        await watches.DisposeAsync().ConfigureAwait(false);
        await leases.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
