using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Netcd.Protocol.Health;
using Netcd.Protocol.V3;
using Netcd.Server.Gateway;

namespace Netcd.Server.Grpc;

/// <summary>
/// Keeps gRPC and plain HTTP apart after routing, as etcd does: calls that no service takes get the code and words of Go's gRPC
/// server, and a service's path is nothing to plain HTTP.
/// </summary>
internal static class GrpcRouting
{
    private static readonly string[] Services =
    [
        KV.Descriptor.FullName, Protocol.V3.Watch.Descriptor.FullName, Lease.Descriptor.FullName, Cluster.Descriptor.FullName,
        Protocol.V3Lock.Lock.Descriptor.FullName, Protocol.V3Election.Election.Descriptor.FullName, Maintenance.Descriptor.FullName,
        Health.Descriptor.FullName,
    ];

    /// <summary>Hands a request that was routed on, or answers it.</summary>
    public static Task RouteAsync(HttpContext http, RequestDelegate next, int maxReceiveBytes)
    {
        if (HttpFace.IsGrpc(http.Request))
        {
            return http.GetEndpoint() is null ? AnswerUnknownAsync(http) : CallAsync(http, next, maxReceiveBytes);
        }

        string path = http.Request.Path.Value ?? "";
        if (!Services.Contains(path[..Math.Max(0, path.LastIndexOf('/'))].TrimStart('/'), StringComparer.Ordinal))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task CallAsync(HttpContext http, RequestDelegate next, int maxReceiveBytes)
    {
        if (!await FrameHead.RefuseAsync(http, maxReceiveBytes).ConfigureAwait(false))
        {
            await next(http).ConfigureAwait(false);
        }
    }

    private static Task AnswerUnknownAsync(HttpContext http)
    {
        LeanCalls.Begin(http);
        LeanCalls.Finish(http, StatusCode.Unimplemented, Explain(http.Request.Path.Value ?? ""));
        return Task.CompletedTask;
    }

    private static string Explain(string path)
    {
        int end = path.LastIndexOf('/');
        if (end < 1)
        {
            return $"malformed method name: \"{path}\"";
        }

        string service = path[1..end];
        return Services.Contains(service, StringComparer.Ordinal)
            ? $"unknown method {path[(end + 1)..]} for service {service}"
            : $"unknown service {service}";
    }
}
