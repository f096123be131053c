using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Netcd.Protocol.Health;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The services that clients find over gRPC: one instance of each, bound by the generated code.</summary>
internal static class GrpcServiceSet
{
    /// <summary>Registers the services, in place of the library's search for their methods.</summary>
    public static void Add(IServiceCollection services, KvHandlers kv, LeaseHandlers leases, ClusterHandlers cluster, MaintenanceHandlers maintenance)
    {
        services.RemoveAll(typeof(IServiceMethodProvider<>));
        Add(services, new KvGrpcService(kv), KV.BindService);
        Add(services, new LeaseGrpcService(leases), Lease.BindService);
        Add(services, new ClusterGrpcService(cluster), Cluster.BindService);
        Add(services, new MaintenanceGrpcService(maintenance), Maintenance.BindService);
        Add(services, new HealthGrpcService(), Health.BindService);
    }

    /// <summary>Gives the services their paths.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<KvGrpcService>();
        routes.MapGrpcService<LeaseGrpcService>();
        routes.MapGrpcService<ClusterGrpcService>();
        routes.MapGrpcService<MaintenanceGrpcService>();
        routes.MapGrpcService<HealthGrpcService>();
    }

    private static void Add<[DynamicallyAccessedMembers(GrpcServiceMembers.All)] TService>(
        IServiceCollection services, TService service, Action<ServiceBinderBase, TService> bind)
        where TService : class
    {
        services.AddSingleton(service);
        services.AddSingleton<IServiceMethodProvider<TService>>(new StrictMethods<TService>(binder => bind(binder, service)));
    }
}

/// <summary>What the gRPC library looks at in the class of a service.</summary>
internal static class GrpcServiceMembers
{
    public const DynamicallyAccessedMemberTypes All = DynamicallyAccessedMemberTypes.PublicConstructors
        | DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods;
}
