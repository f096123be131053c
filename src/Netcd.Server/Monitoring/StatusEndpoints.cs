using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Netcd.Engine.Node;

namespace Netcd.Server.Monitoring;

/// <summary>The plain HTTP pages of the clients' ports: <c>/version</c>, <c>/debug/vars</c>, and the probes, which the metrics' ports have
/// too.</summary>
internal sealed class StatusEndpoints(EtcdNode node, ProbePages probes, DebugVariables variables)
{
    public void Map(WebApplication web)
    {
        web.Use(next => http =>
        {
            // A path is what it is: routing would take capitals for small letters.
            bool isOther = http.GetEndpoint() is RouteEndpoint { RoutePattern: { Parameters.Count: 0, RawText: var path } }
                && path != http.Request.Path.Value;
            http.SetEndpoint(isOther ? null : http.GetEndpoint());
            return next(http);
        });
        web.Map("/version", VersionAsync);
        web.Map("/debug/vars", http => HealthEndpoints.RefuseMethod(http) ?? variables.WriteAsync(http));
        foreach ((string path, RequestDelegate page) in probes.Pages)
        {
            web.Map(path, page);
        }
    }

    /// <summary>Answers with the versions, on a client's port or a peer's.</summary>
    public static Task WriteVersionAsync(HttpContext http, string? clusterVersion)
    {
        string cluster = clusterVersion ?? "not_decided";
        string storage = clusterVersion ?? "unknown";
        string body = $$"""{"etcdserver":"{{ServerIdentity.EtcdVersion}}","etcdcluster":"{{cluster}}","storage":"{{storage}}"}""";
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        return http.Response.WriteAsync(body);
    }

    private Task VersionAsync(HttpContext http) =>
        HealthEndpoints.RefuseMethod(http) ?? WriteVersionAsync(http, node.Members.ClusterVersion);
}
