using static Netcd.Server.Configuration.FlagKind;

namespace Netcd.Server.Configuration;

/// <summary>Every flag that etcd has had from 3.4 on, and what netcd does with it.</summary>
internal static class FlagTable
{
    private static readonly Flag[] Member =
    [
        new("name", Text, "default", "Human-readable name for this member."),
        new("data-dir", Text, "", "The data directory; ${name}.etcd where it is not set."),
        new("wal-dir", Text, "", "A directory of its own for the write-ahead log."),
        new("snapshot-count", Count, "10000", "Entries applied between two raft snapshots."),
        new("snapshot-catchup-entries", Count, "5000", "Entries kept in memory behind a raft snapshot for followers that lag."),
        new("heartbeat-interval", Count, "100", "Time (in milliseconds) of a heartbeat interval."),
        new("election-timeout", Count, "1000", "Time (in milliseconds) for an election to time out."),
        new("initial-election-tick-advance", Switch, "true", "Whether the first election comes sooner."),
        new("listen-peer-urls", Urls, "http://localhost:2380", "URLs to listen on for peers."),
        new("listen-client-urls", Urls, "http://localhost:2379", "URLs to listen on for clients."),
        new("listen-client-http-urls", Urls, "", "URLs to listen on for plain HTTP only; then the others are for gRPC."),
        new("max-snapshots", Count, "5", "Raft snapshot files to keep (0 is unlimited)."),
        new("max-wals", Count, "5", "Files of the write-ahead log to keep (0 is unlimited)."),
        new("memory-mlock", Switch, "false", "Keep the mapped database in memory (mlock)."),
        new("quota-backend-bytes", Number, "0", "Bytes of the database beyond which writes are refused (0 is 2 GiB, less is none)."),
        new("backend-bbolt-freelist-type", Text, "map", "The database's list of free pages: array or map.") { Use = FlagUse.Warned },
        new("backend-batch-interval", Duration, "100ms", "Longest time before the database commits."),
        new("backend-batch-limit", Number, "10000", "Operations after which the database commits at once."),
        new("max-txn-ops", Count, "128", "Operations that a transaction may have."),
        new("max-request-bytes", Count, "1572864", "Bytes that a client's request may have."),
        new("max-concurrent-streams", Count32, "4294967295", "Streams that a client may have open at a time."),
        new("grpc-keepalive-min-time", Duration, "5s", "Least time between a client's pings (0 is five minutes)."),
        new("grpc-keepalive-interval", Duration, "2h0m0s", "Time between pings to a silent client (0 for none)."),
        new("grpc-keepalive-timeout", Duration, "20s", "Wait for a ping's answer before the connection is closed."),
        new("socket-reuse-port", Switch, "false", "Set SO_REUSEPORT on listeners."),
        new("socket-reuse-address", Switch, "false", "Set SO_REUSEADDR on listeners: they have it always.") { Use = FlagUse.Warned },
        new("raft-read-timeout", Duration, "5s", "Read timeout of connections between members."),
        new("raft-write-timeout", Duration, "5s", "Write timeout of connections between members."),
        new("enable-grpc-gateway", Switch, "true", "Serve the JSON gateway under /v3/."),
        new("feature-gates", Text, "", "Features to switch on or off: Name=true,Other=false."),
    ];

    private static readonly Flag[] Clustering =
    [
        new("initial-advertise-peer-urls", Urls, "http://localhost:2380", "This member's peer URLs, as the others are told."),
        new("initial-cluster", Text, "default=http://localhost:2380", "The members that a new cluster starts with."),
        new("initial-cluster-state", Choice, "new", "'new' for a new cluster, 'existing' to join one.") { Choices = ["new", "existing"] },
        new("initial-cluster-token", Text, "etcd-cluster", "Keeps the ids of clusters with equal URLs apart."),
        new("advertise-client-urls", Urls, "http://localhost:2379", "This member's client URLs, as clients are told."),
        new("discovery", Text, "", "Discovery URL.") { Use = FlagUse.Refused },
        new("discovery-token", Text, "", "Discovery by an etcd cluster: the token of the cluster that is made."),
        new("discovery-endpoints", Texts, "", "Discovery by an etcd cluster: its endpoints."),
        new("discovery-dial-timeout", Duration, "2s", "Discovery: time to connect."),
        new("discovery-request-timeout", Duration, "5s", "Discovery: time for a request."),
        new("discovery-keepalive-time", Duration, "2s", "Discovery: time between pings, raised to 10s as in Go's gRPC (0 for none)."),
        new("discovery-keepalive-timeout", Duration, "6s", "Discovery: wait for a ping's answer."),
        new("discovery-insecure-transport", Switch, "true", "Discovery: no TLS to endpoints without a scheme."),
        new("discovery-insecure-skip-tls-verify", Switch, "false", "Discovery: trust any certificate."),
        new("discovery-cert", Text, "", "Discovery: certificate."),
        new("discovery-key", Text, "", "Discovery: key."),
        new("discovery-cacert", Text, "", "Discovery: certificates to trust."),
        new("discovery-user", Text, "", "Discovery: user, or user:password."),
        new("discovery-password", Text, "", "Discovery: password."),
        new("discovery-fallback", Choice, "exit", "What to do when discovery fails.")
        {
            Use = FlagUse.Refused,
            Choices = ["exit", "proxy"],
        },
        new("discovery-proxy", Text, "", "HTTP proxy to the discovery service.") { Use = FlagUse.Warned },
        new("discovery-srv", Text, "", "DNS domain with the records of the cluster."),
        new("discovery-srv-name", Text, "", "Suffix of the DNS service."),
        new("strict-reconfig-check", Switch, "true", "Refuse changes of the membership that would cost the quorum."),
        new("pre-vote", Switch, "true", "Ask before an election whether it can be won."),
        new("auto-compaction-retention", Text, "0", "History that automatic compaction keeps (0 for none)."),
        new("auto-compaction-mode", Text, "periodic", "'periodic' for time, 'revision' for revisions."),
        new("v2-deprecation", Choice, "not-yet", "Stage of the end of v2.")
        {
            Use = FlagUse.Warned,
            Choices = ["not-yet", "write-only", "write-only-drop-data", "gone"],
        },
    ];

    private static readonly Flag[] Tls =
    [
        new("cert-file", Text, "", "The server's certificate for clients."),
        new("key-file", Text, "", "The server's key for clients."),
        new("client-cert-file", Text, "", "Certificate for calls to clients' ports."),
        new("client-key-file", Text, "", "Key for calls to clients' ports."),
        new("client-cert-auth", Switch, "false", "Ask clients for certificates."),
        new("trusted-ca-file", Text, "", "Certificates that sign those of clients."),
        new("client-crl-file", Text, "", "Revoked certificates of clients."),
        new("client-cert-allowed-cn", Texts, "", "Common names that clients may have."),
        new("client-cert-allowed-hostname", Texts, "", "Hosts of which clients' certificates must be for one."),
        new("auto-tls", Switch, "false", "TLS for clients with a certificate made at the start."),
        new("peer-cert-file", Text, "", "The server's certificate for peers."),
        new("peer-key-file", Text, "", "The server's key for peers."),
        new("peer-client-cert-file", Text, "", "Certificate for calls to peers."),
        new("peer-client-key-file", Text, "", "Key for calls to peers."),
        new("peer-client-cert-auth", Switch, "false", "Ask peers for certificates."),
        new("peer-trusted-ca-file", Text, "", "Certificates that sign those of peers."),
        new("peer-crl-file", Text, "", "Revoked certificates of peers."),
        new("peer-cert-allowed-cn", Texts, "", "Common names that peers may have."),
        new("peer-cert-allowed-hostname", Texts, "", "Hosts of which peers' certificates must be for one."),
        new("peer-auto-tls", Switch, "false", "TLS for peers with a certificate made at the start."),
        new("peer-skip-client-san-verification", Switch, "false", "Take peers from addresses that their certificates do not name."),
        new("cipher-suites", Texts, "", "TLS cipher suites."),
        new("tls-min-version", Text, "TLS1.2", "Least TLS version."),
        new("tls-max-version", Text, "", "Greatest TLS version."),
        new("self-signed-cert-validity", Count, "1", "Years that certificates made at the start are valid."),
        new("cors", Texts, "*", "Origins that browsers may call from."),
        new("host-whitelist", Texts, "*", "Host names under which clients may call without TLS."),
    ];

    private static readonly Flag[] Auth =
    [
        new("auth-token", Text, "simple", "Kind of tokens: 'simple', or 'jwt' with the options pub-key, priv-key, sign-method, ttl."),
        new("bcrypt-cost", Count, "10", "Cost of a password's hash, from 4 to 31."),
        new("auth-token-ttl", Count, "300", "Seconds that a simple token lives after its last use."),
        new("audit-log", Text, "", "Where to note who did what: a file, or 'stdout'; not of etcd."),
        new("login-max-failures", Count, "0", "Wrong passwords of a user from an address before log-ins wait (0 for never); not of etcd."),
    ];

    private static readonly Flag[] Monitoring =
    [
        new("metrics", Text, "basic", "'extensive' for histograms of calls."),
        new("listen-metrics-urls", Urls, "", "URLs to listen on for metrics and health."),
        new("enable-pprof", Switch, "false", "Serve profiles under /debug/pprof/.") { Use = FlagUse.Warned },
        new("enable-distributed-tracing", Switch, "false", "Send traces of calls with OpenTelemetry's protocol (OTLP over gRPC)."),
        new("distributed-tracing-address", Text, "localhost:4317", "The collector that traces are sent to, as host:port."),
        new("distributed-tracing-service-name", Text, "etcd", "The service's name in traces."),
        new("distributed-tracing-instance-id", Text, "", "The member's name in traces."),
        new("distributed-tracing-sampling-rate", Number, "0", "Of a million calls that come without a trace, so many are traced."),
    ];

    private static readonly Flag[] Logging =
    [
        new("logger", Text, "zap", "Only 'zap': structured logging."),
        new("log-outputs", Texts, "default", "default, stderr, stdout or files, between commas."),
        new("log-level", Text, "info", "debug, info, warn, error, panic or fatal."),
        new("log-format", Text, "json", "json or console."),
        new("enable-log-rotation", Switch, "false", "Begin a new log file when the one is full."),
        new("log-rotation-config-json", Text,
            """{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}""",
            "When a log file is full (MiB), and how many old ones are kept for how many days."),
        new("warning-unary-request-duration", Duration, "300ms", "Time after which a slow call is logged."),
    ];

    private static readonly Flag[] Features =
    [
        new("downgrade-check-time", Duration, "5s", "Time between the leader's looks whether a downgrade is complete (0 for none)."),
        new("compact-hash-check-time", Duration, "1m0s", "Time between checks of the members' compacted history."),
        new("corrupt-check-time", Duration, "0s", "Time between checks of the members against each other."),
        new("warning-apply-duration", Duration, "100ms", "Time after which a slow apply is logged."),
        new("watch-progress-notify-interval", Duration, "10m0s", "Time between progress notifications of watches."),
        new("max-cluster-version", Choice, "3.5", "Version that the cluster is raised to at the most; not of etcd.")
        {
            Choices = ["3.5", "3.6"],
        },
        new("max-learners", Number, "1", "Learners that a cluster may have."),
        new("compaction-batch-limit", Number, "1000", "Revisions that a compaction deletes in one commit."),
        new("compaction-sleep-interval", Duration, "10ms", "Pause between two such commits."),
        new("bootstrap-defrag-threshold-megabytes", Count, "0", "Free megabytes from which on a start defragments first (0 for never)."),
        new("quota-auto-recover", Switch, "false", "Compact as retention permits at NOSPACE, and lift the alarm; not of etcd."),
        new("auto-defrag-free-percent", Count, "0", "Free share from which on the backend defragments itself (0 for never); not of etcd."),
    ];

    private static readonly Flag[] ObeyedRetired =
    [
        new("experimental-txn-mode-write-with-shared-buffer", Switch, "true", "How transactions read (now a feature gate)."),
        new("experimental-stop-grpc-service-on-defrag", Switch, "false", "Refuse calls while defragmenting (now a feature gate)."),
        new("experimental-compact-hash-check-enabled", Switch, "false", "Check the members' compacted history (now a feature gate)."),
        new("experimental-initial-corrupt-check", Switch, "false", "Check for corruption at the start (now a feature gate)."),
        new("experimental-enable-lease-checkpoint", Switch, "false", "Note the time left to leases in the log (now a feature gate)."),
        new("experimental-enable-lease-checkpoint-persist", Switch, "false", "Keep what was noted over restarts (netcd always does)."),
    ];

    private static readonly Flag[] Unsafe =
    [
        new("force-new-cluster", Switch, "false", "Make a cluster of this member alone."),
        new("unsafe-no-fsync", Switch, "false", "Force no data to the disk: a power failure may lose or damage everything."),
    ];

    private static readonly Flag[] Retired =
    [
        new("enable-v2", Switch, "false", "Serve the v2 API."),
        new("experimental-enable-v2v3", Text, "", "Serve the v2 API from the v3 store."),
        new("proxy", Choice, "off", "Run as a proxy.") { Use = FlagUse.Refused, Choices = ["off", "readonly", "on"] },
        new("proxy-failure-wait", Count, "5000", "Of the proxy."),
        new("proxy-refresh-interval", Count, "30000", "Of the proxy."),
        new("proxy-dial-timeout", Count, "1000", "Of the proxy."),
        new("proxy-write-timeout", Count, "5000", "Of the proxy."),
        new("proxy-read-timeout", Count, "0", "Of the proxy."),
    ];

    /// <summary>Names that etcd itself takes and forgets since version 2.</summary>
    private static readonly string[] Forgotten =
    [
        "cluster-active-size", "cluster-remove-delay", "cluster-sync-interval", "config", "force", "max-result-buffer",
        "max-retry-attempts", "peer-heartbeat-interval", "peer-election-timeout", "retry-interval", "snapshot", "v", "vv",
    ];

    /// <summary>Flags that were born with the prefix <c>experimental-</c>.</summary>
    private static readonly string[] OnceExperimental =
    [
        "snapshot-catchup-entries", "memory-mlock", "peer-skip-client-san-verification", "enable-distributed-tracing",
        "distributed-tracing-address", "distributed-tracing-service-name", "distributed-tracing-instance-id",
        "distributed-tracing-sampling-rate", "warning-unary-request-duration", "corrupt-check-time", "compact-hash-check-time",
        "watch-progress-notify-interval", "warning-apply-duration", "bootstrap-defrag-threshold-megabytes", "max-learners",
        "downgrade-check-time", "compaction-batch-limit", "compaction-sleep-interval",
    ];

    /// <summary>All flags in the order of the help.</summary>
    public static IReadOnlyList<Flag> All { get; } = [.. List()];

    private static readonly Dictionary<string, Flag> ByName = All.ToDictionary(flag => flag.Name, StringComparer.Ordinal);

    /// <summary>The flag of that name, or null.</summary>
    public static Flag? Find(string name) => ByName.GetValueOrDefault(name);

    private static IEnumerable<Flag> List()
    {
        Flag[] current =
        [
            .. Grouped(FlagGroups.Member, null, Member),
            new("config-file", Text, "", "A file with the settings; flags and environment are then ignored.") { Group = FlagGroups.Member },
            new("version", Switch, "false", "Print the versions and exit.") { Group = FlagGroups.Member },
            .. Grouped(FlagGroups.Clustering, null, Clustering),
            .. Grouped(FlagGroups.Security, null, Tls),
            .. Grouped(FlagGroups.Auth, null, Auth),
            .. Grouped(FlagGroups.Monitoring, null, Monitoring),
            .. Grouped(FlagGroups.Logging, null, Logging),
            .. Grouped(FlagGroups.Features, null, Features),
            .. Grouped(FlagGroups.Unsafe, null, Unsafe),
            .. Grouped(FlagGroups.Retired, FlagUse.Warned, Retired),
            .. Grouped(FlagGroups.Retired, null, ObeyedRetired),
        ];
        Dictionary<string, Flag> byName = current.ToDictionary(flag => flag.Name, StringComparer.Ordinal);
        return current
            .Concat(OnceExperimental.Select(name => byName[name].Former()))
            .Concat(Forgotten.Select(name => new Flag(name, Ignored, "", "Of etcd 0.4 and 2.")
            {
                Group = FlagGroups.Retired,
                Fate = FlagFates.Forgotten,
            }));
    }

    /// <summary>Puts flags under a heading; a use given for the group holds for those that say none of their own.</summary>
    private static IEnumerable<Flag> Grouped(string group, FlagUse? use, Flag[] flags) =>
        flags.Select(flag => flag with
        {
            Group = group,
            Use = flag.Use == FlagUse.Obeyed ? use ?? FlagUse.Obeyed : flag.Use,
            Fate = FlagFates.Of(flag.Name),
        });
}
