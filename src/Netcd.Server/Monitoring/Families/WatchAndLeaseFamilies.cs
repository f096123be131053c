using Netcd.Engine.Leases;
using Netcd.Engine.Node;
using Netcd.Engine.Watching;

namespace Netcd.Server.Monitoring.Families;

/// <summary>Watches and leases.</summary>
internal static class WatchAndLeaseFamilies
{
    public static void Register(MetricsRegistry registry, EtcdNode node)
    {
        AddWatches(registry, node.Watches.Metrics);
        registry.Gauge("netcd_watch_queue_bytes", "Bytes that wait for watches' clients.", () => node.Watches.QueueBytes);
        AddLeases(registry, node.Leases.Metrics);
        registry.Gauge("netcd_leases", "Leases that have not ended.", () => node.Leases.Count);
    }

    private static void AddWatches(MetricsRegistry registry, WatchMetrics watches)
    {
        registry.Gauge("etcd_debugging_mvcc_watch_stream_total", "Total number of watch streams.", () => watches.Streams.Value);
        registry.Gauge("etcd_debugging_mvcc_watcher_total", "Total number of watchers.", () => watches.Watches.Value);
        registry.Gauge("etcd_debugging_mvcc_slow_watcher_total", "Total number of unsynced slow watchers.", () => watches.WatchesBehind);
        registry.Counter("etcd_debugging_mvcc_events_total", "Total number of events sent by this member.", watches.SentEvents);
        registry.Gauge(
            "etcd_debugging_mvcc_pending_events_total", "Total number of pending events to be sent.", () => watches.PendingEvents);
        registry.Gauge(
            "netcd_watch_cohorts", "Groups of watches that are behind and read the history together.", () => watches.Cohorts);
    }

    private static void AddLeases(MetricsRegistry registry, LeaseMetrics leases)
    {
        registry.Counter("etcd_debugging_lease_granted_total", "The total number of granted leases.", leases.Granted);
        registry.Counter("etcd_debugging_lease_revoked_total", "The total number of revoked leases.", leases.Revoked);
        registry.Counter("etcd_debugging_lease_renewed_total", "The number of renewed leases seen by the leader.", leases.Renewed);
        registry.Histogram("etcd_debugging_lease_ttl_total", "Bucketed histogram of lease TTLs.", leases.Lifetimes);
        registry.Counter("etcd_debugging_server_lease_expired_total", "The total number of expired leases.", leases.Expired);
    }
}
