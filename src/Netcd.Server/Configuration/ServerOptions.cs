using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;
using Netcd.Server.Security;
using Netcd.Storage.Disk;

namespace Netcd.Server.Configuration;

/// <summary>What a server is started with.</summary>
public sealed record ServerOptions
{
    /// <summary>That of <see cref="WarningUnaryRequestDuration"/>.</summary>
    public static readonly TimeSpan DefaultWarningUnaryRequestDuration = TimeSpan.FromMilliseconds(300);

    /// <summary>The member behind it.</summary>
    public required NodeOptions Node { get; init; }

    /// <summary>URLs to listen on for clients, <c>http://host:port</c> or <c>unix://path</c>.</summary>
    public required IReadOnlyList<Uri> ListenClientUrls { get; init; }

    /// <summary>URLs to listen on for clients' plain HTTP; where there are any, <see cref="ListenClientUrls"/> are for gRPC
    /// alone.</summary>
    public IReadOnlyList<Uri> ListenClientHttpUrls { get; init; } = [];

    /// <summary>URLs to listen on for metrics and health alone.</summary>
    public IReadOnlyList<Uri> ListenMetricsUrls { get; init; } = [];

    /// <summary>Whether the durations of gRPC's calls are measured.</summary>
    public bool HasExtensiveMetrics { get; init; }

    /// <summary>How the members of a new cluster find each other; null where <see cref="NodeOptions.InitialCluster"/> names them.</summary>
    public DiscoveryOptions? Discovery { get; init; }

    /// <summary>How calls are traced; null for not at all.</summary>
    public TracingOptions? Tracing { get; init; }

    /// <summary>URLs to listen on for peers.</summary>
    public required IReadOnlyList<Uri> ListenPeerUrls { get; init; }

    /// <summary>The URLs at which the other members reach this one, as it advertises them.</summary>
    public IReadOnlyList<string> AdvertisePeerUrls { get; init; } = [];

    /// <summary>Silence of another member after which the connection is given up.</summary>
    public TimeSpan RaftReadTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long writing to another member may take.</summary>
    public TimeSpan RaftWriteTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How clients are spoken to on <c>https</c> URLs.</summary>
    public TlsOptions ClientTls { get; init; } = new();

    /// <summary>How other members are spoken to on <c>https</c> URLs.</summary>
    public TlsOptions PeerTls { get; init; } = new();

    /// <summary>The origins that browsers may call from; <c>*</c> for any.</summary>
    public IReadOnlyList<string> Origins { get; init; } = ["*"];

    /// <summary>The hosts under whose names clients may call by HTTP without TLS; <c>*</c> for any.</summary>
    public IReadOnlyList<string> HostWhitelist { get; init; } = ["*"];

    /// <summary>Whether the JSON gateway is served.</summary>
    public bool EnableGateway { get; init; } = true;

    /// <summary>Streams that a client may have open on a connection.</summary>
    public uint MaxConcurrentStreams { get; init; } = uint.MaxValue;

    /// <summary>The least time between two pings of a client; one that pings more often without receiving anything is disconnected.
    /// Zero for five minutes.</summary>
    public TimeSpan KeepAliveMinTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence of a client after which it is pinged; zero for no pings.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Wait for a ping's answer after which the connection is closed.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The kind of tokens that clients are given when they log in, and its options, as in <c>--auth-token</c>.</summary>
    public string AuthToken { get; init; } = "simple";

    /// <summary>How long a simple token lives after its last use.</summary>
    public TimeSpan AuthTokenTtl { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The logarithm of the work that a password's hash takes.</summary>
    public long BcryptCost { get; init; } = 10;

    /// <summary>Where it is noted who has done what: a file's path, or <c>stdout</c>; empty for nowhere.</summary>
    public string AuditLog { get; init; } = "";

    /// <summary>Wrong passwords of a user from an address before its log-ins from there are refused for a while; 0 for no such bound.
    /// </summary>
    public int LoginMaxFailures { get; init; }

    /// <summary>For how long they are refused at first; each further wrong password doubles it.</summary>
    public TimeSpan LoginFirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The history that automatic compaction keeps; zero for no compaction by time.</summary>
    public TimeSpan CompactionPeriod { get; init; }

    /// <summary>The revisions that automatic compaction keeps; 0 for no compaction by revisions.</summary>
    public long CompactionRevisions { get; init; }

    /// <summary>Whether the member compacts what need not be kept when it has raised NOSPACE, and lifts its alarm when there is room.
    /// </summary>
    public bool RecoversQuota { get; init; }

    /// <summary>Whether a member that starts again compares what it holds with the others before it takes part in anything.</summary>
    public bool InitialCorruptCheck { get; init; }

    /// <summary>Time between the leader's comparisons of what the members hold; zero for none.</summary>
    public TimeSpan CorruptCheckTime { get; init; }

    /// <summary>Whether the leader compares the sums that members note when they compact.</summary>
    public bool CompactHashCheck { get; init; }

    /// <summary>Time between those comparisons.</summary>
    public TimeSpan CompactHashCheckTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Time between the leader's looks whether a downgrade is complete; zero for none.</summary>
    public TimeSpan DowngradeCheckTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The version beyond which a leader does not raise the cluster's. While it is 3.5, etcd 3.5 can open the data directory.
    /// </summary>
    public Version MaxClusterVersion { get; init; } = Version.Parse(ServerIdentity.InitialClusterVersion);

    /// <summary>Whether changes of the membership that would cost the quorum are refused.</summary>
    public bool StrictReconfigCheck { get; init; } = true;

    /// <summary>Whether the first election comes sooner than the election timeout.</summary>
    public bool InitialElectionTickAdvance { get; init; } = true;

    /// <summary>The features that are on and off.</summary>
    public IReadOnlyList<FeatureState> FeatureGates { get; init; } = FeatureState.Usual;

    /// <summary>The time after which a unary call is logged as slow.</summary>
    public TimeSpan WarningUnaryRequestDuration { get; init; } = DefaultWarningUnaryRequestDuration;

    /// <summary>How the file system is used.</summary>
    public PhysicalDiskOptions Disk { get; init; } = new();

    /// <summary>Whether other processes may listen on the same ports (SO_REUSEPORT); the system deals connections out to them.</summary>
    public bool ReusesPorts { get; init; }

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>
    /// Where the log goes: <c>default</c>, <c>stderr</c>, <c>systemd/journal</c>, <c>stdout</c>, or files that are appended to.
    /// </summary>
    public IReadOnlyList<string> LogOutputs { get; init; } = ["default"];

    /// <summary>What a line of the log looks like.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary>When the one file among <see cref="LogOutputs"/> makes room for a new one; null for never.</summary>
    public LogRotation? LogRotation { get; init; }
}

/// <summary>What a line of the log looks like.</summary>
public enum LogFormat
{
    /// <summary>A JSON object.</summary>
    Json,

    /// <summary>Columns between tabs, the fields as a JSON object at the end.</summary>
    Console,
}
