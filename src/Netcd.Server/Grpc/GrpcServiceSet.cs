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
    public static void Add(IServiceCollection services, ClientHandlers handlers)
    {
        services.RemoveAll(typeof(IServiceMethodProvider<>));
        Add(services, new KvGrpcService(handlers.Kv), KV.BindService);
        Add(services, new LeaseGrpcService(handlers.Leases), Lease.BindService);
        Add(services, new LockGrpcService(handlers.Locks), Protocol.V3Lock.Lock.BindService);
        Add(services, new ElectionGrpcService(handlers.Elections), Protocol.V3Election.Election.BindService);
        Add(services, new ClusterGrpcService(handlers.Cluster), Cluster.BindService);
        Add(services, new MaintenanceGrpcService(handlers.Maintenance), Maintenance.BindService);
        Add(services, new HealthGrpcService(), Health.BindService);
    }

    /// <summary>Gives the services their paths.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<KvGrpcService>();
        routes.MapGrpcService<LeaseGrpcService>();
        routes.MapGrpcService<LockGrpcService>();
        routes.MapGrpcService<ElectionGrpcService>();
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
