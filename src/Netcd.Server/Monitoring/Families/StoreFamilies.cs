using Netcd.Engine.Metering;
using Netcd.Engine.Node;

namespace Netcd.Server.Monitoring.Families;

/// <summary>The store and what is done in it, and the file that it lies in.</summary>
internal static class StoreFamilies
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static void Register(MetricsRegistry registry, EtcdNode node, TimeProvider time)
    {
        AddSize(registry, node);
        AddOperations(registry, node.Metrics.Store);
        AddCompaction(registry, node, time);
        AddBackend(registry, node.Metrics);
    }

    private static void AddSize(MetricsRegistry registry, EtcdNode node)
    {
        registry.Gauge("etcd_mvcc_db_total_size_in_bytes", "Size of the backend's file.", () => node.Backend.SizeBytes);
        registry.Gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of it in use.", () => node.Backend.SizeInUseBytes);
        registry.Gauge(
            "etcd_mvcc_db_open_read_transactions", "States of the backend's file that somebody reads.", () => node.Backend.OpenViews);
        registry.Gauge("etcd_server_quota_backend_bytes", "The quota in force.", () => node.Backend.QuotaBytes);
        registry.Gauge("etcd_debugging_mvcc_current_revision", "The store's revision.", () => node.Revision);
        registry.Gauge("etcd_debugging_mvcc_keys_total", "Keys that have a value.", () => node.KeyCount);
    }

    private static void AddOperations(MetricsRegistry registry, StoreMetrics metrics)
    {
        registry.Counter("etcd_mvcc_put_total", "Puts that this member has applied.", metrics.Puts);
        registry.Counter("etcd_mvcc_delete_total", "Deletions that this member has applied.", metrics.Deletions);
        registry.Counter(
            "etcd_mvcc_range_total", "Ranges that this member has read, conditions and previous values among them.", metrics.Ranges);
        registry.Counter(
            "etcd_debugging_mvcc_range_total", "The same as etcd_mvcc_range_total, under its name of before.", metrics.Ranges);
        registry.Counter("etcd_mvcc_txn_total", "Transactions of more than one operation.", metrics.Transactions);
        registry.Gauge(
            "etcd_debugging_mvcc_total_put_size_in_bytes", "Bytes of the keys and values that were put.", () => metrics.PutBytes.Value);
        registry.Histogram("etcd_mvcc_hash_duration_seconds", "How long sums over the file take.", metrics.Hash);
        registry.Histogram(
            "etcd_mvcc_hash_rev_duration_seconds", "How long sums over the history up to a revision take.", metrics.HashByRevision);
    }

    private static void AddCompaction(MetricsRegistry registry, EtcdNode node, TimeProvider time)
    {
        BackendMetrics metrics = node.Metrics.Backend;
        registry.Gauge("etcd_debugging_mvcc_compact_revision", "The revision compacted to; -1 for none.", () => node.CompactRevision);
        registry.Counter("etcd_debugging_mvcc_db_compaction_keys_total", "Records that compactions deleted.", metrics.CompactedRecords);
        registry.Gauge(
            "etcd_debugging_mvcc_db_compaction_last",
            "When the last compaction ended, in seconds of Unix time; 0 for none since the start.",
            () => metrics.LastCompaction == 0
                ? 0
                : time.GetUtcNow().ToUnixTimeSeconds() - ((node.Metrics.Clock.Now - metrics.LastCompaction) / NanosecondsPerSecond));
        registry.Histogram(
            "etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds", "How long commits take that delete compacted records.",
            metrics.CompactionPause);
        registry.Histogram(
            "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds", "How long compactions take as a whole.", metrics.Compaction);
        registry.Histogram(
            "etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds",
            "How long a compaction's steps over the key index take, in which nothing else is applied.",
            metrics.IndexCompactionPause);
    }

    private static void AddBackend(MetricsRegistry registry, NodeMetrics metrics)
    {
        registry.Histogram(
            "etcd_disk_backend_defrag_duration_seconds", "How long defragmentations take, in which everything goes on.",
            metrics.Backend.Defragmentation);
        registry.Gauge(
            "etcd_disk_defrag_inflight", "Whether a defragmentation is under way.", () => metrics.Backend.DefragmentationsRunning.Value);
        registry.Counter(
            "netcd_backend_reclaimed_bytes_total", "Bytes by which defragmentations have made the backend's file smaller.",
            metrics.Backend.ReclaimedBytes);
        registry.Histogram("etcd_disk_backend_commit_duration_seconds", "How long commits of the backend take.", metrics.Backend.Commit);
        registry.Histogram(
            "etcd_disk_backend_snapshot_duration_seconds", "How long it takes to send the backend's file.", metrics.Store.Snapshot);
    }
}
