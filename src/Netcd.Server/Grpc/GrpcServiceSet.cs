using Microsoft.Extensions.Logging;
using Netcd.Protocol.Health;
using Netcd.Protocol.V3;
using Netcd.Server.Monitoring;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The services that clients find over gRPC: one instance of each, bound by the generated code.</summary>
internal static class GrpcServiceSet
{
    /// <summary>All methods, the fast paths among them.</summary>
    public static GrpcMethods Bind(ClientHandlers handlers, CallMeters meters, int maxReceiveBytes, ILoggerFactory logging)
    {
        GrpcMethods methods = new(
            handlers.Answers, handlers.Audit, handlers.Unary, meters, maxReceiveBytes, logging.CreateLogger<GrpcMethods>());
        KV.BindService(methods, new KvGrpcService(handlers.Kv));
        LeaseGrpcService leases = new(handlers.Leases);
        Lease.BindService(methods, leases);
        leases.AddTo(methods);
        Protocol.V3Lock.Lock.BindService(methods, new LockGrpcService(handlers.Locks));
        Protocol.V3Election.Election.BindService(methods, new ElectionGrpcService(handlers.Elections));
        Cluster.BindService(methods, new ClusterGrpcService(handlers.Cluster));
        Maintenance.BindService(methods, new MaintenanceGrpcService(handlers.Maintenance));
        Protocol.V3.Auth.BindService(methods, new AuthGrpcService(handlers.Auth));
        Health.BindService(methods, new HealthGrpcService());

        // Nothing of it but the path that is written by hand.
        Watch.BindService(methods, null);
        new KvCalls(handlers.Kv, handlers.Answers, handlers.Unary, maxReceiveBytes, logging.CreateLogger<KvCalls>()).AddTo(methods);
        new WatchCalls(handlers.Watch, handlers.Audit, maxReceiveBytes, logging.CreateLogger<WatchCalls>()).AddTo(methods);
        new KeepAliveCalls(handlers.Leases, handlers.Audit, maxReceiveBytes, logging.CreateLogger<KeepAliveCalls>()).AddTo(methods);
        return methods;
    }
}
