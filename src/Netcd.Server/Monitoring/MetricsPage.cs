using System.Globalization;
using System.Text;
using Netcd.Engine.Leases;
using Netcd.Engine.Node;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Watching;
using Netcd.Server.Auth;
using Netcd.Server.Peers;

namespace Netcd.Server.Monitoring;

/// <summary>The member's figures in Prometheus' text format, under etcd's names.</summary>
/// <param name="node">The member.</param>
/// <param name="peers">How the other members are reached.</param>
/// <param name="tokens">The tokens that it has issued.</param>
/// <param name="audit">The audit log; null where none is kept.</param>
internal sealed class MetricsPage(EtcdNode node, Func<IReadOnlyList<PeerStatus>> peers, ITokenProvider tokens, AuditLog? audit)
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

    /// <summary>The page as of now.</summary>
    public byte[] Write()
    {
        StringBuilder page = new();
        WriteRaft(page, node.Position);
        WriteStore(page);
        WriteWatches(page);
        WriteLeases(page);
        WriteAccess(page);
        WriteIdentity(page);
        WritePeers(page);
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private void WriteRaft(StringBuilder page, RaftPosition position)
    {
        page.Gauge("etcd_server_has_leader", "Whether a leader is known.", position.LeaderId != 0);
        page.Gauge("etcd_server_is_leader", "Whether this member leads.", node.IsLeader);
        page.Gauge("etcd_server_is_learner", "Whether this member follows without a vote.", node.IsLearner);
        page.Counter("etcd_server_leader_changes_seen_total", "Leaders seen since the start.", node.Peers.LeaderChanges);
        page.Gauge("etcd_server_proposals_committed_total", "The last index known to be committed.", position.CommitIndex);
        page.Gauge("etcd_server_proposals_applied_total", "The last index that readers see.", position.AppliedIndex);
        page.Gauge("etcd_server_proposals_pending", "Requests that wait to be proposed.", (ulong)node.Proposals.Queued);
        page.Counter("etcd_server_proposals_failed_total", "Requests that came to nothing.", node.Proposals.Failed);
        page.Gauge("netcd_raft_term", "Raft's term.", position.Term);
    }

    private void WriteStore(StringBuilder page)
    {
        page.Gauge("etcd_mvcc_db_total_size_in_bytes", "Size of the backend's file.", (ulong)node.Backend.SizeBytes);
        page.Gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of it in use.", (ulong)node.Backend.SizeInUseBytes);
        page.Gauge("etcd_server_quota_backend_bytes", "The quota in force.", (ulong)node.Backend.QuotaBytes);
        page.Gauge("etcd_debugging_mvcc_current_revision", "The store's revision.", (ulong)node.Revision);
    }

    private void WriteWatches(StringBuilder page)
    {
        WatchMetrics watches = node.Watches.Metrics;
        page.Gauge("etcd_debugging_mvcc_watch_stream_total", "Total number of watch streams.", (ulong)watches.Streams);
        page.Gauge("etcd_debugging_mvcc_watcher_total", "Total number of watchers.", (ulong)watches.Watches);
        page.Gauge("etcd_debugging_mvcc_slow_watcher_total", "Total number of unsynced slow watchers.", (ulong)watches.WatchesBehind);
        page.Counter("etcd_debugging_mvcc_events_total", "Total number of events sent by this member.", watches.SentEvents);
        page.Gauge("etcd_debugging_mvcc_pending_events_total", "Total number of pending events to be sent.", (ulong)watches.PendingEvents);
        page.Gauge("netcd_watch_queue_bytes", "Bytes that wait for watches' clients.", (ulong)node.Watches.QueueBytes);
    }

    private void WriteLeases(StringBuilder page)
    {
        LeaseMetrics leases = node.Leases.Metrics;
        long granted = leases.Granted;
        page.Counter("etcd_debugging_lease_granted_total", "The total number of granted leases.", granted);
        page.Counter("etcd_debugging_lease_revoked_total", "The total number of revoked leases.", leases.Revoked);
        page.Counter("etcd_debugging_lease_renewed_total", "The number of renewed leases seen by the leader.", leases.Renewed);
        page.Histogram(
            "etcd_debugging_lease_ttl_total", "Bucketed histogram of lease TTLs.", leases.Lifetimes, leases.GrantedSeconds, granted);
        page.Counter("etcd_debugging_server_lease_expired_total", "The total number of expired leases.", leases.Expired);
    }

    private void WriteAccess(StringBuilder page)
    {
        page.Gauge("etcd_debugging_auth_revision", "The revision of users and roles.", node.Auth.Revision);
        if (tokens is SimpleTokens simple)
        {
            page.Gauge("netcd_simple_tokens", "Simple tokens that are kept.", (ulong)simple.Count);
            page.Counter("netcd_simple_token_evictions_total", "Simple tokens that had to leave before their time.", simple.Evictions);
        }

        if (audit is not null)
        {
            page.Counter("netcd_audit_dropped_records_total", "Lines of the audit log that found no room.", audit.Dropped);
            page.Counter("netcd_audit_write_failures_total", "Attempts to write to the audit log that failed.", audit.Failures);
        }
    }

    private void WriteIdentity(StringBuilder page)
    {
        page.Labelled("etcd_server_id", "This member's id.", $"server_id=\"{Hex(node.MemberId)}\"");
        page.Labelled("etcd_server_version", "The version of etcd whose API this is.", $"server_version=\"{ServerIdentity.EtcdVersion}\"");
        if (node.Members.ClusterVersion is { } version)
        {
            page.Labelled("etcd_cluster_version", "What all members can do.", $"cluster_version=\"{version[..version.LastIndexOf('.')]}\"");
        }
    }

    private void WritePeers(StringBuilder page)
    {
        IReadOnlyList<PeerStatus> status = peers();
        Family(page, "etcd_network_active_peers", "gauge", "Members that are reached.", status,
            peer => $"Local=\"{Hex(node.MemberId)}\",Remote=\"{Hex(peer.Id)}\"", peer => peer.ActiveFor is null ? 0 : 1);
        Family(page, "etcd_network_peer_sent_bytes_total", "counter", "Bytes sent to a member.", status,
            peer => $"To=\"{Hex(peer.Id)}\"", peer => peer.SentBytes);
        Family(page, "etcd_network_peer_received_bytes_total", "counter", "Bytes received of a member.", status,
            peer => $"From=\"{Hex(peer.Id)}\"", peer => peer.ReceivedBytes);
        Family(page, "etcd_network_peer_sent_failures_total", "counter", "Messages to a member that were lost here.", status,
            peer => $"To=\"{Hex(peer.Id)}\"", peer => peer.SendFailures);
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    private static void Family(
        StringBuilder page, string name, string type, string help, IReadOnlyList<PeerStatus> peers,
        Func<PeerStatus, string> labels, Func<PeerStatus, long> value)
    {
        if (peers.Count == 0)
        {
            return;
        }

        page.Head(name, type, help);
        foreach (PeerStatus peer in peers)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"{name}{{{labels(peer)}}} {value(peer)}");
        }
    }
}
