using Netcd.Engine.Node;
using Netcd.Server.Auth;
using Netcd.Server.Configuration;
using Netcd.Server.Peers;

namespace Netcd.Server.Monitoring.Families;

/// <summary>Registers all metrics of a member.</summary>
internal static class MemberMetrics
{
    /// <summary>All of them.</summary>
    /// <param name="node">The member.</param>
    /// <param name="service">What its ports count.</param>
    /// <param name="peers">How the other members are reached.</param>
    /// <param name="receipts">The snapshots that they have sent.</param>
    /// <param name="features">The features that are on and off.</param>
    /// <param name="tokens">The tokens that it has issued.</param>
    /// <param name="audit">The audit log; null where none is kept.</param>
    public static MetricsRegistry Register(
        EtcdNode node,
        ServiceMetrics service,
        Func<IReadOnlyList<PeerStatus>> peers,
        SnapshotReceipts receipts,
        IReadOnlyList<FeatureState> features,
        ITokenProvider tokens,
        AuditLog? audit)
    {
        MetricsRegistry registry = new();
        RaftFamilies.Register(registry, node);
        StoreFamilies.Register(registry, node, TimeProvider.System);
        DiskFamilies.Register(registry, service.Disk);
        WatchAndLeaseFamilies.Register(registry, node);
        MemberFamilies.Register(registry, node, features, tokens, audit);
        PeerFamilies.Register(registry, node, peers, receipts);
        CallFamilies.Register(registry, service);
        ProcessFamilies.Register(registry);
        return registry;
    }
}
