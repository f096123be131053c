namespace Netcd.Server.Monitoring.Families;

/// <summary>The write-ahead log and raft's snapshots.</summary>
internal static class DiskFamilies
{
    public static void Register(MetricsRegistry registry, DiskMetrics disk)
    {
        registry.Histogram("etcd_disk_wal_fsync_duration_seconds", "How long flushes of the write-ahead log take.", disk.LogFlush);
        registry.Histogram("etcd_disk_wal_write_duration_seconds", "How long writes to the write-ahead log take.", disk.LogWrite);
        registry.Gauge("etcd_disk_wal_write_bytes_total", "Bytes written to the write-ahead log.", () => disk.LogBytes.Value);
        registry.Histogram("etcd_snap_fsync_duration_seconds", "How long flushes of raft's snapshot files take.", disk.SnapshotFlush);
        registry.Histogram(
            "etcd_snap_db_fsync_duration_seconds", "How long flushes of other members' images of the store take.", disk.ImageFlush);
    }
}
