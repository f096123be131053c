using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Peers;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Discovery;
using Netcd.Server.EngineAccess;
using Netcd.Server.Peers;
using Netcd.Server.Peers.Sending;
using Netcd.Server.Peers.Serving;
using Netcd.Server.Security;
using Netcd.Server.Services;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;
using EngineMember = Netcd.Engine.Membership.Member;

namespace Netcd.Server.Hosting;

/// <summary>A member's side of the network between members: the peer ports, the connections to the others, and questions to them.</summary>
internal sealed class PeerNetwork : INodeChanges, IAsyncDisposable
{
    /// <summary>How long a member that was removed keeps serving the others, so that they hear of the removal.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(1);

    /// <summary>A connection without a request is closed after it: it must not hold a place for ever.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly ServerOptions options;
    private readonly ILogger log;
    private readonly TlsEndpoint tls;
    private readonly PeerTransport transport;
    private readonly PeerClient client;
    private readonly LeaseClient leaseClient;
    private readonly TaskCompletionSource removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? web;

    public PeerNetwork(ServerOptions options, ILogger log)
    {
        this.options = options;
        this.log = log;
        tls = new TlsEndpoint(options.PeerTls, options.ListenPeerUrls, options.Node.DataDirectory, "peer", log);
        transport = new PeerTransport(
            new PeerTransportOptions
            {
                AdvertisePeerUrls = options.AdvertisePeerUrls,
                InitialPeerUrls = [.. options.Node.InitialCluster.SelectMany(static member => member.Value)],
                ReadTimeout = options.RaftReadTimeout,
                WriteTimeout = options.RaftWriteTimeout,
                CreateHandler = tls.Dialler.Create,
                DialTimeout = TimeSpan.FromMilliseconds(1_000 + options.Node.ElectionMilliseconds),
            },
            log);
        client = new PeerClient(tls.Dialler.Create);
        leaseClient = new LeaseClient(tls.Dialler.Create);
        Hashes = new HashClient(tls.Dialler.Create);
    }

    /// <summary>Ends when this member was removed from its cluster.</summary>
    public Task Removed => removed.Task;

    /// <summary>Asks the leader about leases.</summary>
    public LeaseClient Leases => leaseClient;

    /// <summary>Asks the others for the sums over their histories.</summary>
    public HashClient Hashes { get; }

    /// <summary>The other members, as they are reached.</summary>
    public IReadOnlyList<PeerStatus> Status => transport.Status;

    /// <summary>What is counted of the snapshots that they send.</summary>
    public SnapshotReceipts Receipts => transport.Receipts;

    /// <summary>For a member that joins a running cluster: asks the others who it is. For one that finds its cluster by another one: waits
    /// until that knows all members.</summary>
    /// <returns>What the node is to be opened with.</returns>
    /// <exception cref="NodeStartException">No member answers, or the cluster is another one than was named.</exception>
    public async Task<NodeOptions> FindClusterAsync(CancellationToken cancellation)
    {
        string logDirectory = options.Node.WalDirectory ?? Path.Combine(options.Node.DataDirectory, "member", "wal");
        if (WriteAheadLog.Exists(PhysicalDisk.Instance, logDirectory))
        {
            if (options.Discovery is not null)
            {
                log.IgnoringDiscoveryToken(logDirectory);
            }

            return options.Node;
        }

        if (options.Node.IsNewCluster)
        {
            NodeOptions node = options.Discovery is { } discovery
                ? await DiscoveredCluster.FindAsync(discovery, options.Node, log, cancellation).ConfigureAwait(false)
                : options.Node;
            await client.RequireFirstStartAsync(node, cancellation).ConfigureAwait(false);
            return node;
        }

        return options.Node with { Running = await client.JoinAsync(options.Node, log, cancellation).ConfigureAwait(false) };
    }

    /// <summary>Connects the node to the others and opens the peer ports.</summary>
    /// <exception cref="NodeStartException">A port cannot be opened.</exception>
    public async Task StartAsync(
        EtcdNode node, PeerHandlers handlers, ConnectionLimit connections, ILoggerFactory logging, CancellationToken cancellation)
    {
        node.Peers.Attach(transport, this);
        transport.Start(new NodePeerEvents(node, () => removed.TrySetResult()));
        if (options.ListenPeerUrls.Count == 0)
        {
            // A member that is embedded alone; Kestrel would open a port of its own choice.
            return;
        }

        PeerServer server = new(
            transport,
            new PeerServerOptions
            {
                PromoteAsync = async (id, _, gone) =>
                {
                    await handlers.Cluster.PromoteAsync(new MemberId(id), new CallContext(gone)).ConfigureAwait(false);
                    return node.Members.Members;
                },
                HashKvAsync = handlers.Maintenance.HashForPeerAsync,
                IsDowngradeEnabledAsync = handlers.Maintenance.IsDowngradeEnabledAsync,
                RenewLeaseAsync = handlers.Leases.RenewForPeerAsync,
                InspectLeaseAsync = handlers.Leases.InspectForPeerAsync,
            },
            log);
        web = Http1Web.Build(options.ListenPeerUrls, options.ReusesPorts, tls, connections, logging, Limit, server.HandleAsync);
        try
        {
            await web.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AddressInUseException or SocketException or IOException)
        {
            throw new NodeStartException("cannot listen for peers: " + failure.Message, failure);
        }
    }

    /// <summary>Passes a promotion on to the leader.</summary>
    public Task PromoteAtLeaderAsync(EngineMember leader, ulong id, CancellationToken cancellation) =>
        client.PromoteAsync(leader.PeerUrls, id, cancellation);

    /// <summary>What a member runs; null where it does not answer.</summary>
    public Task<MemberProgram?> ProgramOfAsync(EngineMember member, CancellationToken cancellation) =>
        client.ProgramAsync(member.PeerUrls, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transport.DisposeAsync().ConfigureAwait(false);
        if (web is not null)
        {
            await Http1Web.CloseAsync(web).ConfigureAwait(false);
        }

        client.Dispose();
        leaseClient.Dispose();
        Hashes.Dispose();
    }

    void INodeChanges.OnLeader(MemberId leaderId, ulong term)
    {
    }

    void INodeChanges.OnRemoved() => _ = SayFarewellAsync();

    private async Task SayFarewellAsync()
    {
        await Task.Delay(FarewellTime).ConfigureAwait(false);
        removed.TrySetResult();
    }

    private static void Limit(KestrelServerLimits limits)
    {
        // Snapshots are as large as the backend; what comes is bounded where it is read.
        limits.MaxRequestBodySize = null;

        // Streams are silent while nothing happens.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.RequestHeadersTimeout = PeerLimits.HeadersTime;

        // Members' connections are silent for as long between two requests, at the most.
        limits.KeepAliveTimeout = IdleTime;
    }
}

/// <summary>The handlers that serve other members too.</summary>
/// <param name="Cluster">For promotions.</param>
/// <param name="Maintenance">For hashes.</param>
/// <param name="Leases">For what only the leader knows.</param>
internal sealed record PeerHandlers(ClusterHandlers Cluster, MaintenanceHandlers Maintenance, LeaseHandlers Leases);
