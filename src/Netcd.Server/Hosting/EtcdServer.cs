using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Hashing;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Node;
using Netcd.Engine.Starting;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.Auth;
using Netcd.Server.Configuration;
using Netcd.Server.EngineAccess;
using Netcd.Server.Flight;
using Netcd.Server.Monitoring;
using Netcd.Server.Monitoring.Families;
using Netcd.Server.Running;
using Netcd.Server.Security;
using Netcd.Server.Services;
using Netcd.Server.Tracing;
using Netcd.Server.Upkeep;
using Netcd.Server.Watching;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Server.Hosting;

/// <summary>A running member: its engine on threads, its ports open.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    /// <summary>How long a stop waits for calls that are under way.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    /// <summary>How long a start waits for a quorum before it serves clients what it can without.</summary>
    private static readonly TimeSpan ReadyTime = TimeSpan.FromSeconds(5);

    private readonly ServerOptions options;
    private readonly ITokenProvider tokens;
    private readonly AuditLog? audit;
    private readonly FlightFiles flights;
    private readonly MetricsPage metrics;
    private readonly MetricsPorts metricsPorts;
    private readonly EngineClient gate;
    private readonly EtcdNode node;
    private readonly StageRunner runner;
    private readonly PeerNetwork peers;
    private readonly WebApplication web;
    private readonly ILogger log;
    private readonly CancellationTokenSource stop;
    private Task monitoring = Task.CompletedTask;
    private Task upkeep = Task.CompletedTask;
    private Task announcing = Task.CompletedTask;
    private Task watchingLeader = Task.CompletedTask;
    private Task reportingReady = Task.CompletedTask;

    private EtcdServer(
        ServerOptions options,
        ITokenProvider tokens,
        AuditLog? audit,
        FlightFiles flights,
        MetricsPage metrics,
        MetricsPorts metricsPorts,
        EngineClient gate,
        StageRunner runner,
        PeerNetwork peers,
        WebApplication web,
        CancellationTokenSource stop,
        ILogger log)
    {
        this.stop = stop;
        this.tokens = tokens;
        this.audit = audit;
        this.flights = flights;
        this.metrics = metrics;
        this.metricsPorts = metricsPorts;
        this.options = options;
        this.gate = gate;
        node = gate.Node;
        this.runner = runner;
        this.peers = peers;
        this.web = web;
        this.log = log;
    }

    /// <summary>Ends when this member was removed from its cluster: the process must stop.</summary>
    public Task Removed => peers.Removed;

    /// <summary>Ends when there is a quorum, the cluster knows this member's name and URLs, and this member has caught up.</summary>
    public Task Ready => reportingReady;

    /// <summary>Whether the engine has gone on within a time; one of a second at least makes sense, as heartbeats have their interval.
    /// </summary>
    internal bool IsAlive(TimeSpan within)
    {
        TimeSpan heartbeats = TimeSpan.FromMilliseconds(2 * options.Node.HeartbeatMilliseconds);
        return runner.IsAlive(within > heartbeats ? within : heartbeats);
    }

    /// <summary>The member's figures as of now, for a look at a process that seems stuck.</summary>
    public string Describe() => metrics.Describe();

    /// <summary>Writes what the member did in the last minutes to a file in its data directory.</summary>
    /// <param name="reason">Why.</param>
    internal void WriteFlight(string reason) => flights.Write(reason);

    /// <summary>
    /// Opens the data directory and the ports, and returns when this member is part of a quorum, or after five seconds without one:
    /// then clients get what needs no quorum, and "ready to serve client requests" is logged once there is one.
    /// </summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="logging">Where it logs what it does.</param>
    /// <param name="failed">Called when the engine has lost its disk or an invariant: the process must end.</param>
    /// <param name="level">The level of the log, for it to be changed; null where it cannot be.</param>
    /// <param name="cancellation">Gives the start up.</param>
    /// <exception cref="NodeStartException">It cannot start; the message says why.</exception>
    public static async Task<EtcdServer> StartAsync(
        ServerOptions options,
        ILoggerFactory logging,
        Action<string, Exception> failed,
        LogLevelSwitch? level = null,
        CancellationToken cancellation = default)
    {
        ILogger log = logging.CreateLogger("netcd");
        ServerParts.RequireCertificateForMetrics(options);
        Uri[] clientUrls = [.. options.ListenClientUrls, .. options.ListenClientHttpUrls, .. options.ListenMetricsUrls];
        TlsEndpoint tls = new(options.ClientTls, clientUrls, options.Node.DataDirectory, "client", log);
        ITokenProvider tokens = ServerParts.CreateTokens(options, log);
        AuditLog? audit = ServerParts.OpenAudit(options, log);
        PeerNetwork peers = new(options, log);
        EtcdNode? node = null;
        StageRunner? runner = null;
        MetricsPorts? metricsPorts = null;
        CallTracing? tracing = null;
        try
        {
            string wal = options.Node.WalDirectory ?? Path.Combine(options.Node.DataDirectory, "member", "wal");
            bool hasLog = WriteAheadLog.Exists(PhysicalDisk.Instance, wal);
            log.StartingServer(new StartedConfiguration(options, hasLog));
            options = options with { Node = await peers.FindClusterAsync(cancellation).ConfigureAwait(false) };
            MonotonicClock clock = ServerParts.Clock();
            FlightRecorder flight = new(clock);
            FlightFiles flights = new(flight, options.Node.DataDirectory, TimeProvider.System, log);
            Logins logins = new(tokens, new PasswordHasher(options.BcryptCost, log), ServerParts.LockoutOf(options), log);
            tracing = options.Tracing is { } traced ? new CallTracing(traced, clock, log) : null;
            NodeEnvironment environment = new(RandomNumberGenerator.GetInt32, HashSeed.Draw(RandomNumberGenerator.GetInt32), log)
            {
                AuthEvents = logins,
                Clock = clock,
                Beside = SideThread.Begin,
            };
            PrivateFolder.CheckMember(options.Node.DataDirectory, options.Node.WalDirectory, log);
            ServiceMetrics service = new(new CallMeters(options.HasExtensiveMetrics));
            node = EtcdNode.Open(options.Node, ServerParts.MeasuredDisk(options, service.Disk, flight, log), environment);
            ServerParts.RequireVersion(node.Members);
            CompletionQueue completions = new();
            CallerIdentities identities = new(tokens, options.ClientTls.ClientCertAuth);
            EngineClient gate = new(node, completions, identities) { Tracing = tracing };
            EtcdNode opened = node;
            runner = new StageRunner(node.Stages, flight, () => opened.Position, completions.Flush, (stage, failure) =>
            {
                try
                {
                    flights.Write("stage failed");
                }
                finally
                {
                    failed(stage, failure);
                }
            });
            ClusterHandlers cluster = new(gate, peers.PromoteAtLeaderAsync, options.StrictReconfigCheck, TimeProvider.System);
            MaintenanceHandlers maintenance = new(gate);
            CancellationTokenSource stop = new();
            LeaderLoss leader = new(node);
            WatchHandlers watch = new(gate, leader, stop.Token);
            LargeAnswers answers = new();
            LeaseHandlers leases = new(gate, peers.Leases, leader, answers);
            MetricsPage metrics = new(
                MemberMetrics.Register(node, service, () => peers.Status, peers.Receipts, options.FeatureGates, tokens, audit), service);
            ProbePages probes = new(metrics, new HealthEndpoints(gate, service, log))
            {
                OperatorPages = ServerParts.OperatorPages(flights, level, log),
            };
            AuditTrail trail = new(gate, audit, TimeProvider.System);
            UnaryCalls unary = new(trail, options.WarningUnaryRequestDuration, TimeProvider.System, log);
            AuthHandlers auth = new(gate, logins);
            ClientHandlers handlers = new(new KvHandlers(gate), watch, leases, cluster, maintenance, auth, answers, trail, unary);
            ConnectionLimits connections = ConnectionLimits.OfProcess();
            WebApplication web = ClientWeb.Build(options, gate, handlers, service.Calls, probes, tls, connections.Clients, logging);
            metricsPorts = new MetricsPorts(options, probes, tls, connections.Metrics, logging, log);
            ClusterHashes hashes = new(gate, maintenance, peers.Hashes, log);
            if (options.InitialCorruptCheck && hasLog)
            {
                await new InitialCheck(hashes, node.MemberId, log).RunAsync(cancellation).ConfigureAwait(false);
            }

            EtcdServer server = new(options, tokens, audit, flights, metrics, metricsPorts, gate, runner, peers, web, stop, log)
            {
                watchingLeader = leader.MonitorAsync(stop.Token),
            };
            await peers.StartAsync(node, new PeerHandlers(cluster, maintenance, leases), connections.Peers, logging, cancellation)
                .ConfigureAwait(false);
            runner.Start();
            await metricsPorts.StartAsync(cancellation).ConfigureAwait(false);
            await server.OpenOrGiveUpAsync(hashes, cancellation).ConfigureAwait(false);
            return server;
        }
        catch
        {
            if (metricsPorts is not null)
            {
                await metricsPorts.DisposeAsync().ConfigureAwait(false);
            }

            await peers.DisposeAsync().ConfigureAwait(false);
            runner?.Dispose();
            node?.Dispose();
            tokens.Dispose();
            audit?.Dispose();
            tracing?.Dispose();
            throw;
        }
    }

    /// <summary>Refuses new calls, ends what waits, writes what is applied to the backend and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        log.ClosingServer(options.Node.Name, options.Node.DataDirectory, options.AdvertisePeerUrls, options.Node.AdvertiseClientUrls);
        await stop.CancelAsync().ConfigureAwait(false);
        if (await LeaderTransfer.TryLeaveAsync(node, CancellationToken.None).ConfigureAwait(false))
        {
            log.HandedLeadershipOver(new HexId(node.MemberId), new HexId(node.MemberId), new HexId(node.Position.LeaderId));
        }

        node.BeginStop();
        await Task.WhenAll(monitoring, upkeep, announcing, watchingLeader, reportingReady)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using (CancellationTokenSource drain = new(DrainTime))
        {
            await web.StopAsync(drain.Token).ConfigureAwait(false);
        }

        TaskCompletionSource committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Backend.ForceCommit(committed.SetResult);
        await Task.WhenAny(committed.Task, Task.Delay(DrainTime)).ConfigureAwait(false);
        await metricsPorts.DisposeAsync().ConfigureAwait(false);
        await peers.DisposeAsync().ConfigureAwait(false);
        runner.Dispose();
        node.FailPending();
        gate.FlushCompletions();
        await web.DisposeAsync().ConfigureAwait(false);
        node.Dispose();
        tokens.Dispose();
        audit?.Dispose();
        gate.Tracing?.Dispose();
        stop.Dispose();
        log.ClosedServer(options.Node.Name, options.Node.DataDirectory, options.AdvertisePeerUrls, options.Node.AdvertiseClientUrls);
    }

    private async Task OpenOrGiveUpAsync(ClusterHashes hashes, CancellationToken cancellation)
    {
        try
        {
            await OpenAsync(hashes, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task OpenAsync(ClusterHashes hashes, CancellationToken cancellation)
    {
        MemberPrograms programs = new(node, peers.ProgramOfAsync);
        ClusterMonitor monitor = new(gate, programs, options.MaxClusterVersion, options.InitialElectionTickAdvance, log);
        monitoring = monitor.RunAsync(stop.Token);
        upkeep = UpkeepTasks.RunAsync(options, gate, hashes, programs, log, stop.Token);
        announcing = AnnounceAsync(stop.Token);
        if (await Task.WhenAny(announcing, Removed, Task.Delay(ReadyTime, cancellation)).ConfigureAwait(false) == announcing)
        {
            await announcing.ConfigureAwait(false);
        }
        else
        {
            cancellation.ThrowIfCancellationRequested();
            log.ServingWithoutQuorum();
        }

        await ClientWeb.StartAsync(web, options, log, cancellation).ConfigureAwait(false);
        reportingReady = ReportReadyAsync();
    }

    /// <summary>
    /// Logs the line that scripts wait for. It promises, as etcd's does, that the cluster has a quorum, that it knows this member's
    /// name and URLs, and that this member has caught up with it.
    /// </summary>
    private async Task ReportReadyAsync()
    {
        await announcing.ConfigureAwait(false);
        log.Ready();
    }

    /// <summary>Waits for a leader and reports this member's name and URLs to the cluster; ends when both are done.</summary>
    private async Task AnnounceAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                foreach (InternalRaftRequest request in node.Announcements(options.MaxClusterVersion.ToString(3)))
                {
                    await gate.ProposeAsync<EmptyResponse>(request, new CallContext(cancellation)).ConfigureAwait(false);
                }

                await gate.ConfirmReadAsync(new CallContext(cancellation)).ConfigureAwait(false);
                string urls = string.Join(' ', options.Node.AdvertiseClientUrls);
                log.Published(
                    new HexId(node.MemberId), $"{{Name:{options.Node.Name} ClientURLs:[{urls}]}}", new HexId(node.ClusterId));
                return;
            }
            catch (EtcdException failure)
            {
                log.FailedToPublish(new HexId(node.MemberId), failure.Message);
                await Task.Delay(options.Node.HeartbeatMilliseconds, cancellation).ConfigureAwait(false);
            }
        }
    }
}
