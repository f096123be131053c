using System.Globalization;
using System.Runtime.InteropServices;
using Netcd.Engine.Node;
using Netcd.Protocol.V3;
using Netcd.Server.Auth;
using Netcd.Server.Configuration;

namespace Netcd.Server.Monitoring.Families;

/// <summary>Who the member is, what it can do, and who may use it.</summary>
internal static class MemberFamilies
{
    public static void Register(
        MetricsRegistry registry, EtcdNode node, IReadOnlyList<FeatureState> features, ITokenProvider tokens, AuditLog? audit)
    {
        AddIdentity(registry, node);
        registry.Family(
            "etcd_server_feature_enabled", MetricKind.Gauge, "Whether a feature is on.", ["name", "stage"],
            () => features.Select(feature => MetricSeries.Of(IsOn(feature, node) ? 1 : 0, feature.Name, feature.Stage)));
        AddAccess(registry, node, tokens, audit);
        registry.Family(
            "netcd_stage_queue_depth", MetricKind.Gauge, "What waits for a stage of the engine.", ["stage"],
            () => node.Stages.Select(static stage => MetricSeries.Of(stage.Waiting, stage.Name)));
    }

    private static void AddIdentity(MetricsRegistry registry, EtcdNode node)
    {
        registry.Told("etcd_server_id", "This member's id.", "server_id", () => Hex(node.MemberId));
        registry.Told(
            "etcd_server_version", "The version of etcd whose API this is.", "server_version", static () => ServerIdentity.EtcdVersion);
        registry.Told(
            "etcd_server_go_version", "The runtime: that of .NET, where etcd tells Go's.", "server_go_version",
            static () => RuntimeInformation.FrameworkDescription);
        registry.Told("netcd_version", "The version of netcd.", "version", static () => ServerIdentity.NetcdVersion);
        registry.Told(
            "etcd_cluster_version", "What all members can do.", "cluster_version",
            () => node.Members.ClusterVersion is { } version ? version[..version.LastIndexOf('.')] : null);
        registry.Family(
            "etcd_debugging_server_alarms", MetricKind.Gauge, "Alarms that are raised, by the member and the alarm.",
            ["alarm_type", "server_id"],
            () => node.Alarms.Alarms.Select(static alarm => MetricSeries.Of(1, NameOf(alarm.Alarm), Hex(alarm.MemberID))));
    }

    private static void AddAccess(MetricsRegistry registry, EtcdNode node, ITokenProvider tokens, AuditLog? audit)
    {
        registry.Gauge("etcd_debugging_auth_revision", "The revision of users and roles.", () => node.Auth.Revision);
        if (tokens is SimpleTokens simple)
        {
            registry.Gauge("netcd_simple_tokens", "Simple tokens that are kept.", () => simple.Count);
            registry.Counter(
                "netcd_simple_token_evictions_total", "Simple tokens that had to leave before their time.", () => simple.Evictions);
        }

        if (audit is not null)
        {
            registry.Counter(
                "netcd_audit_dropped_records_total", "Lines of the audit log that found no room.", () => audit.Dropped);
            registry.Counter(
                "netcd_audit_write_failures_total", "Attempts to write to the audit log that failed.", () => audit.Failures);
        }
    }

    /// <summary>Where the operator does not say whether leases are noted, the members decide.</summary>
    private static bool IsOn(FeatureState feature, EtcdNode node) =>
        feature.Name is FeatureGate.LeaseCheckpoint or FeatureGate.LeaseCheckpointPersist ? node.Leases.AreCheckpointed : feature.IsOn;

    private static string NameOf(AlarmType alarm) => alarm == AlarmType.Nospace ? "NOSPACE" : "CORRUPT";

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
