using System.Globalization;
using Netcd.Engine.Text;
using Netcd.Server.Configuration;

namespace Netcd.Server.Hosting;

/// <summary>What a server is started with, as etcd logs it: the settings that mean something here, under etcd's names.</summary>
/// <param name="Options">What it is started with.</param>
/// <param name="HasData">Whether it has data already.</param>
internal sealed record StartedConfiguration(ServerOptions Options, bool HasData) : ILogFields
{
    private static readonly (string Name, Func<StartedConfiguration, object?> Read)[] Fields =
    [
        ("etcd-version", static _ => ServerIdentity.EtcdVersion),
        ("max-cpu-set", static _ => Environment.ProcessorCount),
        ("member-initialized", static start => start.HasData),
        ("name", static start => start.Options.Node.Name),
        ("data-dir", static start => start.Options.Node.DataDirectory),
        ("wal-dir", static start => start.Options.Node.WalDirectory ?? ""),
        ("member-dir", static start => Path.Combine(start.Options.Node.DataDirectory, "member")),
        ("force-new-cluster", static start => start.Options.Node.ForceNewCluster),
        ("heartbeat-interval", static start => TimeSpan.FromMilliseconds(start.Options.Node.HeartbeatMilliseconds)),
        ("election-timeout", static start => TimeSpan.FromMilliseconds(start.Options.Node.ElectionMilliseconds)),
        ("initial-election-tick-advance", static start => start.Options.InitialElectionTickAdvance),
        ("snapshot-count", static start => start.Options.Node.SnapshotCount),
        ("max-wals", static start => Files(start.Options.Node.MaxWals)),
        ("max-snapshots", static start => Files(start.Options.Node.MaxSnapshots)),
        ("snapshot-catchup-entries", static start => start.Options.Node.SnapshotCatchUpEntries),
        ("initial-advertise-peer-urls", static start => start.Options.AdvertisePeerUrls),
        ("listen-peer-urls", static start => Texts(start.Options.ListenPeerUrls)),
        ("advertise-client-urls", static start => start.Options.Node.AdvertiseClientUrls),
        ("listen-client-urls", static start => Texts(start.Options.ListenClientUrls)),
        ("listen-metrics-urls", static start => Texts(start.Options.ListenMetricsUrls)),
        ("cors", static start => start.Options.Origins),
        ("host-whitelist", static start => start.Options.HostWhitelist),
        ("initial-cluster", static start => start.InitialCluster),
        ("initial-cluster-state", static start => start.Options.Node.IsNewCluster ? "new" : "existing"),
        ("initial-cluster-token", static start => start.Options.Node.InitialClusterToken),
        ("quota-backend-bytes", static start => start.Options.Node.QuotaBytes),
        ("max-request-bytes", static start => start.Options.Node.MaxRequestBytes),
        ("max-concurrent-streams", static start => start.Options.MaxConcurrentStreams),
        ("pre-vote", static start => start.Options.Node.PreVote),
        ("initial-corrupt-check", static start => start.Options.InitialCorruptCheck),
        ("corrupt-check-time-interval", static start => start.Options.CorruptCheckTime),
        ("compact-check-time-enabled", static start => start.Options.CompactHashCheck),
        ("compact-check-time-interval", static start => start.Options.CompactHashCheckTime),
        ("auto-compaction-mode", static start => start.IsByRevision ? "revision" : "periodic"),
        ("auto-compaction-retention", static start => start.Retention),
        ("max-learners", static start => start.Options.Node.MaxLearners),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. Fields.Select(static setting => setting.Name)];

    /// <inheritdoc/>
    public IReadOnlyList<object?> Values => [.. Fields.Select(setting => setting.Read(this))];

    private string InitialCluster => string.Join(',', Options.Node.InitialCluster
        .OrderBy(static member => member.Key, StringComparer.Ordinal)
        .SelectMany(static member => member.Value.Select(url => member.Key + "=" + url)));

    private object Retention => IsByRevision
        ? Options.CompactionRevisions.ToString(CultureInfo.InvariantCulture)
        : Options.CompactionPeriod;

    private bool IsByRevision => Options.CompactionRevisions > 0;

    /// <summary>A number of files to keep as it was given: 0 is without limit.</summary>
    private static int Files(int most) => most == int.MaxValue ? 0 : most;

    private static string[] Texts(IReadOnlyList<Uri> urls) => [.. urls.Select(static url => url.OriginalString)];
}
