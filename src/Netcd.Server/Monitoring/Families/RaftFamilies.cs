using Netcd.Engine.Metering;
using Netcd.Engine.Node;

namespace Netcd.Server.Monitoring.Families;

/// <summary>Leadership, proposals, and what entries take.</summary>
internal static class RaftFamilies
{
    public static void Register(MetricsRegistry registry, EtcdNode node)
    {
        AddLeadership(registry, node);
        AddProposals(registry, node);
        AddReads(registry, node.Metrics);
        AddApplying(registry, node.Metrics);
    }

    private static void AddLeadership(MetricsRegistry registry, EtcdNode node)
    {
        NodeMetrics metrics = node.Metrics;
        registry.Gauge("etcd_server_has_leader", "Whether a leader is known.", () => node.Position.LeaderId != 0);
        registry.Gauge("etcd_server_is_leader", "Whether this member leads.", () => node.IsLeader);
        registry.Gauge("etcd_server_is_learner", "Whether this member follows without a vote.", () => node.IsLearner);
        registry.Counter("etcd_server_leader_changes_seen_total", "Leaders seen since the start.", () => node.Peers.LeaderChanges);
        registry.Counter(
            "etcd_server_heartbeat_send_failures_total",
            "Heartbeats that this member sent later than a whole interval while it led; mostly for want of processor time.",
            metrics.Consensus.LateHeartbeats);
        registry.Counter("etcd_server_learner_promote_successes", "Learners that got a vote while this member led.", metrics.Promotions);
        registry.Family(
            "etcd_server_learner_promote_failures", MetricKind.Counter,
            "Learners that were to get a vote while this member led, and did not.",
            ["Reason"], () => metrics.FailedPromotions.All.Select(static one => new MetricSeries(one.Counter.Value, null, one.Labels)));
        registry.Gauge("netcd_raft_term", "Raft's term.", () => node.Position.Term);
    }

    private static void AddProposals(MetricsRegistry registry, EtcdNode node)
    {
        registry.Gauge("etcd_server_proposals_committed_total", "The last index that is committed.", () => node.Position.CommitIndex);
        registry.Gauge("etcd_server_proposals_applied_total", "The last index that readers see.", () => node.Position.AppliedIndex);
        registry.Gauge("etcd_server_proposals_pending", "Requests that wait to be proposed.", () => node.Proposals.Queued);
        registry.Counter("etcd_server_proposals_failed_total", "Requests that came to nothing.", () => node.Proposals.Failed);
    }

    private static void AddReads(MetricsRegistry registry, NodeMetrics metrics)
    {
        registry.Counter(
            "etcd_server_slow_read_indexes_total", "Questions for a read index that had no answer in the time of a read.",
            metrics.Consensus.SlowReadIndexes);
        registry.Counter(
            "etcd_server_read_indexes_failed_total",
            "Questions for a read index whose leader was lost before the answer; they are asked again.",
            metrics.Consensus.FailedReadIndexes);
        registry.Family(
            "etcd_server_range_duration_seconds", MetricKind.Histogram,
            "How long ranges take to be looked up, without waiting for a read index.",
            ["success"], () => Outcomes(metrics.Apply.Ranges));
    }

    private static void AddApplying(MetricsRegistry registry, NodeMetrics metrics)
    {
        registry.Family(
            "etcd_server_apply_duration_seconds", MetricKind.Histogram,
            "How long entries take to be applied, from their first piece to their last.",
            ["op", "success", "version"],
            () => metrics.Apply.Operations.Select(
                static one => MetricSeries.Of(one.Duration, one.Operation, Text(one.HasSucceeded), "v3")));
        registry.Counter(
            "etcd_server_slow_apply_total", "Entries and reads that took longer than --warning-apply-duration.", metrics.Apply.Slow);
        registry.Gauge(
            "etcd_server_snapshot_apply_in_progress_total", "Snapshots of other members that are taking the state's place.",
            () => metrics.SnapshotsInstalling.Value);
    }

    private static IEnumerable<MetricSeries> Outcomes(ApplyMetrics.Outcomes outcomes)
    {
        foreach (bool hasSucceeded in (bool[])[false, true])
        {
            if (outcomes.Find(hasSucceeded) is { } durations)
            {
                yield return MetricSeries.Of(durations, Text(hasSucceeded));
            }
        }
    }

    private static string Text(bool hasSucceeded) => hasSucceeded ? "true" : "false";
}
