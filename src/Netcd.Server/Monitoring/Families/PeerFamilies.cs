using System.Globalization;
using Netcd.Engine.Metering;
using Netcd.Engine.Node;
using Netcd.Server.Peers;

namespace Netcd.Server.Monitoring.Families;

/// <summary>The network between members.</summary>
internal static class PeerFamilies
{
    public static void Register(MetricsRegistry registry, EtcdNode node, Func<IReadOnlyList<PeerStatus>> peers, SnapshotReceipts receipts)
    {
        AddConnections(registry, node, peers);
        AddTraffic(registry, peers);
        AddSentSnapshots(registry, peers);
        AddReceivedSnapshots(registry, receipts);
    }

    private static void AddConnections(MetricsRegistry registry, EtcdNode node, Func<IReadOnlyList<PeerStatus>> peers)
    {
        string[] both = ["Local", "Remote"];
        MetricSeries Pair(double value, ulong remote) => MetricSeries.Of(value, Hex(node.MemberId), Hex(remote));
        registry.Family(
            "etcd_network_known_peers", MetricKind.Gauge, "The other members.", both,
            () => node.Members.Members.Where(member => member.Id != node.MemberId).Select(member => Pair(1, member.Id)));
        registry.Family(
            "etcd_network_active_peers", MetricKind.Gauge, "Members that are reached.", both,
            () => peers().Select(peer => Pair(peer.ActiveFor is null ? 0 : 1, peer.Id)));
        registry.Family(
            "etcd_network_disconnected_peers_total", MetricKind.Counter, "Times that a member was not reached any more.", both,
            () => peers().Select(peer => Pair(peer.Metrics.Disconnections.Value, peer.Id)));
        registry.Family(
            "etcd_network_peer_round_trip_time_seconds", MetricKind.Histogram, "Times of round trips to members.", ["To"],
            () => peers().Select(static peer => MetricSeries.Of(peer.Metrics.RoundTrips, Hex(peer.Id))));
    }

    private static void AddTraffic(MetricsRegistry registry, Func<IReadOnlyList<PeerStatus>> peers)
    {
        Peer(registry, "etcd_network_peer_sent_bytes_total", "Bytes sent to a member.", "To", peers, static peer => peer.SentBytes);
        Peer(
            registry, "etcd_network_peer_received_bytes_total", "Bytes received from a member.", "From", peers,
            static peer => peer.ReceivedBytes);
        Peer(
            registry, "etcd_network_peer_sent_failures_total", "Messages to a member that were lost here.", "To", peers,
            static peer => peer.SendFailures);
        Peer(
            registry, "etcd_network_peer_received_failures_total", "Streams from a member that were given up for what came.", "From", peers,
            static peer => peer.ReceiveFailures);
    }

    private static void AddSentSnapshots(MetricsRegistry registry, Func<IReadOnlyList<PeerStatus>> peers)
    {
        Peer(
            registry, "etcd_network_snapshot_send_success", "Snapshots that a member has taken.", "To", peers,
            static peer => peer.SentSnapshots);
        Peer(
            registry, "etcd_network_snapshot_send_failures", "Snapshots that a member has not taken.", "To", peers,
            static peer => peer.LostSnapshots);
        Peer(
            registry, "etcd_network_snapshot_send_inflights_total", "Snapshots on their way to a member.", "To", peers,
            static peer => peer.SnapshotsOnTheirWay, MetricKind.Gauge);
        registry.Family(
            "etcd_network_snapshot_send_total_duration_seconds", MetricKind.Histogram,
            "How long snapshots take that a member takes.", ["To"],
            () => peers().Select(static peer => MetricSeries.Of(peer.Metrics.SnapshotSends, Hex(peer.Id))));
    }

    private static void AddReceivedSnapshots(MetricsRegistry registry, SnapshotReceipts receipts)
    {
        void Receipt(string name, MetricKind kind, string help, Func<SnapshotReceipts.Sender, double> read) => registry.Family(
            name, kind, help, ["From"], () => receipts.Senders.Select(one => MetricSeries.Of(read(one.Value), Hex(one.Key))));
        Receipt(
            "etcd_network_snapshot_receive_success", MetricKind.Counter, "Snapshots of a member that were stored.",
            static sender => sender.Stored.Value);
        Receipt(
            "etcd_network_snapshot_receive_failures", MetricKind.Counter, "Snapshots of a member that were not.",
            static sender => sender.Failed.Value);
        Receipt(
            "etcd_network_snapshot_receive_inflights_total", MetricKind.Gauge, "Snapshots of a member that are being stored.",
            static sender => sender.Arriving.Value);
        registry.Family(
            "etcd_network_snapshot_receive_total_duration_seconds", MetricKind.Histogram,
            "How long snapshots take that are stored.", ["From"],
            () => receipts.Senders.Select(static one => MetricSeries.Of(one.Value.Durations, Hex(one.Key))));
        registry.Histogram(
            "etcd_snap_db_save_total_duration_seconds", "How long other members' images of the store take to be stored.",
            receipts.Saves);
    }

    private static void Peer(
        MetricsRegistry registry, string name, string help, string label, Func<IReadOnlyList<PeerStatus>> peers,
        Func<PeerMetrics, Counter> counter, MetricKind kind = MetricKind.Counter) => registry.Family(
            name, kind, help, [label], () => peers().Select(peer => MetricSeries.Of(counter(peer.Metrics).Value, Hex(peer.Id))));

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
