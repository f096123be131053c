using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Http;

/// <summary>The plain HTTP endpoints: <c>/version</c>, <c>/health</c> and <c>/metrics</c>.</summary>
internal sealed class StatusEndpoints(EngineGate gate, MetricsPage metrics)
{
    private readonly EtcdNode node = gate.Node;

    public void Map(WebApplication web)
    {
        web.Map("/version", VersionAsync);
        web.Map("/health", HealthAsync);
        web.Map("/metrics", MetricsAsync);
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

    private Task VersionAsync(HttpContext http)
    {
        if (!IsRead(http))
        {
            return RefuseMethodAsync(http);
        }

        return WriteVersionAsync(http, node.Members.ClusterVersion);
    }

    private Task MetricsAsync(HttpContext http)
    {
        if (!IsRead(http))
        {
            return RefuseMethodAsync(http);
        }

        byte[] page = metrics.Write();
        http.Response.ContentType = MetricsPage.ContentType;
        http.Response.ContentLength = page.Length;
        return http.Response.Body.WriteAsync(page).AsTask();
    }

    private async Task HealthAsync(HttpContext http)
    {
        if (!IsRead(http))
        {
            await RefuseMethodAsync(http).ConfigureAwait(false);
            return;
        }

        string reason = await FindReasonAsync(http).ConfigureAwait(false);
        if (reason.Length > 0)
        {
            JsonEncodedText encoded = JsonEncodedText.Encode(reason, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            string failure = $$"""{"health":"false","reason":"{{encoded}}"}""";
            await PlainText.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, failure).ConfigureAwait(false);
            return;
        }

        // etcd says nothing of the type here, and Go finds plain text.
        const string Healthy = """{"health":"true","reason":""}""";
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = Healthy.Length;
        await http.Response.WriteAsync(Healthy).ConfigureAwait(false);
    }

    /// <summary>Why the member is not healthy, or nothing: an alarm that is not excluded, no leader, a read that fails.</summary>
    private async ValueTask<string> FindReasonAsync(HttpContext http)
    {
        HashSet<string> excluded = [.. http.Request.Query["exclude"].Select(name => name ?? "")];
        foreach (AlarmMember alarm in node.Alarms.Alarms)
        {
            string name = alarm.Alarm == AlarmType.Nospace ? "NOSPACE" : "CORRUPT";
            if (!excluded.Contains(name))
            {
                return "ALARM " + name;
            }
        }

        bool isSerializable = http.Request.Query["serializable"] == "true";
        if (!isSerializable && node.Position.LeaderId == 0)
        {
            return "RAFT NO LEADER";
        }

        try
        {
            if (!isSerializable)
            {
                await gate.ConfirmReadAsync(new CallContext(http.RequestAborted)).ConfigureAwait(false);
            }

            using ReadLease lease = node.Acquire();
            return "";
        }
        catch (EtcdException failure)
        {
            return "RANGE ERROR:" + failure.Message;
        }
    }

    /// <summary>Only GET: etcd refuses even HEAD.</summary>
    private static bool IsRead(HttpContext http) => HttpMethods.IsGet(http.Request.Method);

    private static Task RefuseMethodAsync(HttpContext http)
    {
        http.Response.Headers.Allow = "GET";
        return PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
    }
}
