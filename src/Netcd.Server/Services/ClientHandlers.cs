using Netcd.Server.Watching;

namespace Netcd.Server.Services;

/// <summary>The handlers of all services that clients call, whatever transport they come by.</summary>
internal sealed record ClientHandlers(
    KvHandlers Kv,
    WatchHandlers Watch,
    LeaseHandlers Leases,
    ClusterHandlers Cluster,
    MaintenanceHandlers Maintenance,
    AuthHandlers Auth,
    LargeAnswers Answers,
    AuditTrail Audit,
    UnaryCalls Unary)
{
    private readonly StoreHandlers store = new(Kv, Leases, new KeyChanges(Watch));

    /// <summary>The Lock service.</summary>
    public LockHandlers Locks => new(store);

    /// <summary>The Election service.</summary>
    public ElectionHandlers Elections => new(store);
}
