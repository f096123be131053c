using System.Net;
using Netcd.Engine;
using Netcd.Engine.Membership;
using Netcd.Engine.Starting;
using Netcd.Engine.Text;
using Netcd.Server.Security;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Server.Configuration;

/// <summary>Makes options of settings, after etcd's checks in etcd's order.</summary>
internal sealed class OptionsBuilder(
    Settings settings, bool isFromFile, IReadOnlyDictionary<string, string> environment, List<string> warnings)
{
    /// <summary>The longest election timeout; beyond it a cluster would be without a leader for too long.</summary>
    private const ulong MaxElectionMilliseconds = 50_000;

    /// <summary>An election must not start because a few heartbeats came late.</summary>
    private const ulong HeartbeatsPerElection = 5;

    /// <summary>Longer than any server runs, and short enough to be a time.</summary>
    private const ulong MaxSeconds = 1_000_000_000;

    /// <summary>The DNS domain that names the members of a new cluster; empty where DNS is not asked.</summary>
    private string Domain => settings.Text("discovery-srv");

    /// <summary>Whether an etcd cluster names the members of a new cluster.</summary>
    private bool IsDiscovered => settings.Texts("discovery-endpoints").Count > 0;

    /// <summary>The options.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong, or cannot be obeyed.</exception>
    public ServerOptions Build()
    {
        LogOptions log = LogOptions.From(settings);
        IReadOnlyList<MemberUrl> listenPeer = settings.Urls("listen-peer-urls");
        IReadOnlyList<MemberUrl> listenClient = settings.Urls("listen-client-urls");
        IReadOnlyList<MemberUrl> listenHttp = settings.Urls("listen-client-http-urls");
        IReadOnlyList<MemberUrl> advertisePeer = settings.Urls("initial-advertise-peer-urls");
        UrlChecks.RequireAddresses(listenPeer);
        UrlChecks.RequireAddresses(listenClient);
        UrlChecks.RequireAddresses(listenHttp);
        IReadOnlyList<MemberUrl> listenMetrics = settings.Urls("listen-metrics-urls");
        UrlChecks.RequireAddresses(listenMetrics);
        UrlChecks.RequireHosts("initial-advertise-peer-urls", advertisePeer);
        bool isAdvertiseMissing = !isFromFile && settings.IsSet("listen-client-urls") && !settings.IsSet("advertise-client-urls");
        IReadOnlyList<MemberUrl> advertiseClient = isAdvertiseMissing ? [] : settings.Urls("advertise-client-urls");
        UrlChecks.RequireHosts("advertise-client-urls", advertiseClient);
        CheckBootstrap();
        DiscoveryOptions? discovery = DiscoveryOptions.Read(settings);
        CheckTimes();
        if (isAdvertiseMissing)
        {
            throw new ConfigurationException("--advertise-client-urls is required when --listen-client-urls is set explicitly");
        }

        CheckWords();
        UrlChecks.RequireSocketNames("listen-peer-urls", listenPeer);
        UrlChecks.RequirePortsOfTheirOwn(listenHttp, listenClient);
        FeatureGates gates = FeatureGates.Read(settings, warnings);
        NodeOptions node = BuildNode(advertisePeer, advertiseClient, gates);
        TracingOptions? tracing = TracingOptions.Read(settings);
        CompactionRetention retention = CompactionRetention.Read(settings, warnings);
        return new ServerOptions
        {
            Node = node with { TimesRequests = tracing is not null },
            Tracing = tracing,
            Discovery = discovery,
            ListenClientUrls = [.. listenClient.Select(url => new Uri(url.Text))],
            ListenClientHttpUrls = [.. listenHttp.Select(url => new Uri(url.Text))],
            ListenMetricsUrls = [.. listenMetrics.Select(url => new Uri(url.Text))],
            HasExtensiveMetrics = settings.Text("metrics") == "extensive",
            ListenPeerUrls = [.. listenPeer.Select(url => new Uri(url.Text))],
            AdvertisePeerUrls = [.. advertisePeer.Select(url => url.Text)],
            RaftReadTimeout = settings.Duration("raft-read-timeout"),
            RaftWriteTimeout = settings.Duration("raft-write-timeout"),
            ClientTls = TlsSettings.Read(settings, ""),
            PeerTls = PeerTls(node) with { LocalAddress = LocalAddress(gates, advertisePeer) },
            FeatureGates = gates.States,
            Origins = settings.Text("cors") is "*" and var all ? [all] : [.. settings.Urls("cors").Select(static origin => origin.Text)],
            HostWhitelist = settings.Text("host-whitelist").Split(','),
            EnableGateway = settings.Boolean("enable-grpc-gateway"),
            MaxConcurrentStreams = (uint)settings.Count("max-concurrent-streams"),
            KeepAliveMinTime = settings.Duration("grpc-keepalive-min-time"),
            KeepAliveInterval = settings.Duration("grpc-keepalive-interval"),
            KeepAliveTimeout = settings.Duration("grpc-keepalive-timeout"),
            AuthToken = settings.Text("auth-token"),
            AuthTokenTtl = TimeSpan.FromSeconds(Math.Min(settings.Count("auth-token-ttl"), MaxSeconds)),
            BcryptCost = (long)Math.Min(settings.Count("bcrypt-cost"), long.MaxValue),
            AuditLog = settings.Text("audit-log"),
            LoginMaxFailures = (int)Math.Min(settings.Count("login-max-failures"), int.MaxValue),
            MaxClusterVersion = Version.Parse(settings.Text("max-cluster-version") + ".0"),
            InitialCorruptCheck = gates.IsOn(FeatureGate.InitialCorruptCheck),
            CorruptCheckTime = settings.Duration("corrupt-check-time"),
            CompactHashCheck = gates.IsOn(FeatureGate.CompactHashCheck),
            CompactHashCheckTime = settings.Duration("compact-hash-check-time"),
            DowngradeCheckTime = settings.Duration("downgrade-check-time"),
            CompactionPeriod = retention.Period,
            CompactionRevisions = retention.Revisions,
            RecoversQuota = RecoversQuota(retention),
            StrictReconfigCheck = settings.Boolean("strict-reconfig-check"),
            InitialElectionTickAdvance = settings.Boolean("initial-election-tick-advance"),
            WarningUnaryRequestDuration = SlowCall(),
            Disk = Disk(),
            ReusesPorts = settings.Boolean("socket-reuse-port"),
            LogLevel = log.Level,
            LogOutputs = log.Outputs,
            LogFormat = log.Format,
            LogRotation = log.Rotation,
        };
    }

    /// <summary>As in etcd, 0 asks for the default, and less than 0 for a line for each call.</summary>
    private TimeSpan SlowCall() => settings.Duration("warning-unary-request-duration") is var time && time != TimeSpan.Zero
        ? time
        : ServerOptions.DefaultWarningUnaryRequestDuration;

    private PhysicalDiskOptions Disk()
    {
        bool locksMemory = settings.Boolean("memory-mlock");
        if (locksMemory && !OperatingSystem.IsLinux())
        {
            warnings.Add("--memory-mlock has no effect on this system");
        }

        bool skipsFlushes = settings.Boolean("unsafe-no-fsync");
        if (skipsFlushes)
        {
            warnings.Add("--unsafe-no-fsync: a failure of the power or the system may lose or damage all data");
        }

        return new PhysicalDiskOptions { SkipsFlushes = skipsFlushes, LocksMappings = locksMemory };
    }

    /// <summary>
    /// Members that were found by DNS and trust the machine's authorities have the domain in their certificates: their own hosts'
    /// names come from records that anybody may have forged.
    /// </summary>
    private TlsOptions PeerTls(NodeOptions node)
    {
        TlsOptions tls = TlsSettings.Read(settings, "peer-");
        bool isSecure = node.InitialCluster.Values.Any(urls => urls.Any(url => url.StartsWith("https://", StringComparison.Ordinal)));
        return Domain.Length > 0 && isSecure && tls.TrustedCaFile.Length == 0 ? tls with { ServerName = Domain } : tls;
    }

    /// <summary>Where connections to other members come from: the first address that this member advertises to them.</summary>
    private string LocalAddress(FeatureGates gates, IReadOnlyList<MemberUrl> advertisePeer)
    {
        if (!gates.IsOn(FeatureGate.SetMemberLocalAddress))
        {
            return "";
        }

        IPAddress? address = advertisePeer.Select(static url => IPAddress.TryParse(url.Host, out IPAddress? found) ? found : null)
            .FirstOrDefault(static found => found is not null && !IPAddress.IsLoopback(found)
                && !found.Equals(IPAddress.Any) && !found.Equals(IPAddress.IPv6Any));
        if (address is null)
        {
            warnings.Add("unable to set a member local address due to lack of suitable local addresses");
        }

        return address?.ToString() ?? "";
    }

    private NodeOptions BuildNode(
        IReadOnlyList<MemberUrl> advertisePeer, IReadOnlyList<MemberUrl> advertiseClient, FeatureGates gates)
    {
        string name = settings.Text("name");
        string given = settings.Text("data-dir");
        string dataDirectory = Path.GetFullPath(given.Length == 0 ? name + ".etcd" : given);
        string? walDirectory = settings.Text("wal-dir") is { Length: > 0 } wal ? Path.GetFullPath(wal) : null;
        bool hasLog = WriteAheadLog.Exists(PhysicalDisk.Instance, walDirectory ?? Path.Combine(dataDirectory, "member", "wal"));
        InitialCluster cluster = ReadCluster(ClusterText(name, advertisePeer, hasLog));
        bool isNew = settings.Text("initial-cluster-state") == "new";
        if (!hasLog)
        {
            RequireRecord(cluster, name);
            Check(cluster, name, isNew ? advertisePeer : null);
            if (!isNew && IsDiscovered)
            {
                throw new ConfigurationException("discovery URL should not be set when joining existing initial cluster");
            }
        }

        return new NodeOptions
        {
            Name = name,
            DataDirectory = dataDirectory,
            WalDirectory = walDirectory,
            InitialCluster = cluster.Members,
            IsNewCluster = isNew,
            ForceNewCluster = settings.Boolean("force-new-cluster"),
            MaxLearners = Positive("max-learners", Limits.MaxLearners),
            InitialClusterToken = settings.Text(IsDiscovered ? "discovery-token" : "initial-cluster-token"),
            AdvertiseClientUrls = [.. advertiseClient.Select(url => url.Text)],
            HeartbeatMilliseconds = (int)settings.Count("heartbeat-interval"),
            ElectionMilliseconds = (int)settings.Count("election-timeout"),
            PreVote = settings.Boolean("pre-vote"),
            LeaseCheckpoints = gates.LeaseCheckpoint,
            PrefersRevocations = gates.IsOn(FeatureGate.PriorityRequest),
            SnapshotCount = settings.Count("snapshot-count") is > 0 and ulong count ? count : Limits.SnapshotCount,
            SnapshotCatchUpEntries = settings.Count("snapshot-catchup-entries"),
            MaxSnapshots = Files("max-snapshots"),
            MaxWals = Files("max-wals"),
            BackendBatchIntervalMilliseconds = Milliseconds("backend-batch-interval", Limits.BackendBatchIntervalMilliseconds),
            BackendBatchLimit = Positive("backend-batch-limit", Limits.BackendBatchLimit),
            QuotaBytes = settings.Number("quota-backend-bytes") is var quota && quota == 0 ? Limits.QuotaBytes : quota,
            MaxRequestBytes = MaxRequestBytes(),
            SlowApplyNanoseconds = settings.Duration("warning-apply-duration").Ticks * TimeSpan.NanosecondsPerTick,
            MaxTxnOps = (int)Math.Min(settings.Count("max-txn-ops"), int.MaxValue),
            CompactionBatchLimit = Positive("compaction-batch-limit", Limits.CompactionBatchLimit),
            CompactionSleepMilliseconds = Milliseconds("compaction-sleep-interval", Limits.CompactionSleepMilliseconds),
            BootstrapDefragThresholdBytes = (long)Math.Min(settings.Count("bootstrap-defrag-threshold-megabytes"), 1UL << 40) << 20,
            AutoDefragFreePercent = FreePercent(),
            WatchProgressMilliseconds = WatchProgressMilliseconds(),
        };
    }

    private static InitialCluster ReadCluster(string text)
    {
        try
        {
            return new InitialCluster(text);
        }
        catch (InitialClusterException failure)
        {
            throw new ConfigurationException("error setting up initial cluster: " + failure.Message);
        }
    }

    private static void Check(InitialCluster cluster, string name, IReadOnlyList<MemberUrl>? advertised)
    {
        try
        {
            cluster.CheckStart(name, advertised, PeerUrlAddress.Resolve);
        }
        catch (InitialClusterException failure)
        {
            throw new ConfigurationException(failure.Message);
        }
    }

    private bool RecoversQuota(CompactionRetention retention)
    {
        bool isAsked = settings.Boolean("quota-auto-recover");
        return !isAsked || retention != default
            ? isAsked
            : throw new ConfigurationException(
                "--quota-auto-recover needs --auto-compaction-retention, which says what may not be compacted");
    }

    private int FreePercent()
    {
        ulong percent = settings.Count("auto-defrag-free-percent");
        return percent < 100
            ? (int)percent
            : throw new ConfigurationException($"--auto-defrag-free-percent is {percent}, and must be below 100");
    }

    /// <summary>
    /// The initial cluster; where it is not set, what DNS says if that is to be asked, else a cluster of this member alone under its
    /// name, to which an etcd cluster adds the others later. A member with data is in a cluster already, and asks nobody.
    /// </summary>
    private string ClusterText(string name, IReadOnlyList<MemberUrl> advertisePeer, bool hasLog)
    {
        if (Domain.Length > 0)
        {
            return hasLog
                ? ""
                : new SrvDiscovery(new SrvRecords(environment), name, advertisePeer).Find(
                    Domain, settings.Text("discovery-srv-name"), warnings);
        }

        Flag flag = FlagTable.Find("initial-cluster")!;
        string text = settings.Text(flag.Name);
        bool isDefault = text == flag.Default;
        return IsDiscovered || (isDefault && name != FlagTable.Find("name")!.Default)
            ? string.Join(',', advertisePeer.Select(url => name + "=" + url.Text))
            : text;
    }

    /// <summary>The members of a new cluster are given in one way only.</summary>
    private void CheckBootstrap()
    {
        Flag flag = FlagTable.Find("initial-cluster")!;
        string text = settings.Text(flag.Name);
        bool isGiven = isFromFile ? text != flag.Default : settings.IsSet(flag.Name);
        int ways = (isGiven && text.Length > 0 ? 1 : 0) + (Domain.Length > 0 ? 1 : 0) + (IsDiscovered ? 1 : 0);
        if (ways > 1)
        {
            throw new ConfigurationException(
                "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\", \"discovery\", \"discovery-endpoints\" "
                    + "or \"discovery-srv\"");
        }
    }

    /// <summary>A member that starts by DNS must find itself there.</summary>
    private void RequireRecord(InitialCluster cluster, string name)
    {
        if (Domain.Length > 0 && !cluster.Members.ContainsKey(name))
        {
            throw new ConfigurationException($"error setting up initial cluster: cannot find local etcd member \"{name}\" in SRV records");
        }
    }

    private void CheckTimes()
    {
        ulong heartbeat = settings.Count("heartbeat-interval");
        ulong election = settings.Count("election-timeout");
        if (heartbeat == 0)
        {
            throw new ConfigurationException("--heartbeat-interval must be >0 (set to 0ms)");
        }

        if (election == 0)
        {
            throw new ConfigurationException("--election-timeout must be >0 (set to 0ms)");
        }

        if (heartbeat > election / HeartbeatsPerElection)
        {
            throw new ConfigurationException(
                $"--election-timeout[{election}ms] should be at least as 5 times as --heartbeat-interval[{heartbeat}ms]");
        }

        if (election > MaxElectionMilliseconds)
        {
            throw new ConfigurationException(
                $"--election-timeout[{election}ms] is too long, and should be set less than {MaxElectionMilliseconds}ms");
        }
    }

    private void CheckWords()
    {
        CompactionRetention.CheckMode(settings);
        if (settings.Duration("compact-hash-check-time") is var time && time <= TimeSpan.Zero)
        {
            throw new ConfigurationException($"--compact-hash-check-time must be >0 (set to {GoDuration.ToText(time)})");
        }

        if (settings.Duration("corrupt-check-time") is var pause && pause < TimeSpan.Zero)
        {
            throw new ConfigurationException($"--corrupt-check-time must be >=0 (set to {GoDuration.ToText(pause)})");
        }
    }

    /// <summary>Bytes of a request: one must fit into memory and into the log with what surrounds it.</summary>
    private int MaxRequestBytes()
    {
        const int most = int.MaxValue - Limits.RequestOverheadBytes;
        ulong bytes = settings.Count("max-request-bytes");
        return bytes is > 0 and <= most
            ? (int)bytes
            : throw new ConfigurationException($"--max-request-bytes[{bytes}] must be from 1 to {most}");
    }

    /// <summary>A number of files to keep; 0 is without limit.</summary>
    private int Files(string name) => settings.Count(name) is > 0 and <= int.MaxValue and ulong count ? (int)count : int.MaxValue;

    /// <summary>As in etcd, a shorter interval is lengthened, and one of 0 or less is the default.</summary>
    private long WatchProgressMilliseconds()
    {
        const int least = 100;
        int asked = Milliseconds("watch-progress-notify-interval", (int)Limits.WatchProgressMilliseconds);
        if (asked < least)
        {
            warnings.Add($"--watch-progress-notify-interval is raised to its least, {least} ms");
        }

        return Math.Max(asked, least);
    }

    /// <summary>etcd takes its default where a number of operations is 0 or less.</summary>
    private int Positive(string name, int otherwise) =>
        settings.Number(name) is > 0 and long number ? (int)Math.Min(number, int.MaxValue) : otherwise;

    private int Milliseconds(string name, int otherwise) => settings.Duration(name) is var time && time > TimeSpan.Zero
        ? (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 1, int.MaxValue)
        : otherwise;
}
