using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Http;

namespace Netcd.Server.Monitoring;

/// <summary>The plain HTTP endpoints: <c>/version</c>, <c>/health</c> and <c>/metrics</c>.</summary>
internal sealed class StatusEndpoints(EngineClient gate, MetricsPage metrics)
{
    private const string Gzip = "gzip";

    private readonly EtcdNode node = gate.Node;

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

    /// <summary>The page of figures: whatever the method, as in etcd.</summary>
    private async Task MetricsAsync(HttpContext http)
    {
        if (http.Request.Method == HttpMethods.Connect)
        {
            // What follows a success would be a tunnel.
            await RefuseMethodAsync(http).ConfigureAwait(false);
            return;
        }

        byte[] page = metrics.Write();
        http.Response.ContentType = MetricsPage.ContentType;
        if (AcceptsGzip(http.Request))
        {
            http.Response.Headers.ContentEncoding = Gzip;
            using MemoryStream compressed = new();
            using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(page);
            }

            page = compressed.ToArray();
        }

        http.Response.ContentLength = page.Length;
        if (http.Request.Method != HttpMethods.Head)
        {
            await http.Response.Body.WriteAsync(page, http.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the client says that it takes gzip, and does not weigh it with nothing.</summary>
    private static bool AcceptsGzip(HttpRequest request)
    {
        foreach (string? value in request.Headers.AcceptEncoding)
        {
            foreach (Range part in value.AsSpan().Split(','))
            {
                ReadOnlySpan<char> coding = value.AsSpan(part).Trim();
                int end = coding.IndexOf(';');
                if ((end < 0 ? coding : coding[..end]).Trim() is Gzip)
                {
                    ReadOnlySpan<char> weight = end < 0 ? default : coding[(end + 1)..].Trim();
                    return !weight.StartsWith("q=0", StringComparison.Ordinal) || weight[3..].ContainsAnyInRange('1', '9');
                }
            }
        }

        return false;
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

            using ReadHandle handle = node.Reads.Acquire();
            return "";
        }
        catch (EtcdException failure)
        {
            return "RANGE ERROR:" + failure.Message;
        }
    }

    /// <summary>Only GET: etcd refuses even HEAD.</summary>
    private static bool IsRead(HttpContext http) => http.Request.Method == HttpMethods.Get;

    private static Task RefuseMethodAsync(HttpContext http)
    {
        http.Response.Headers.Allow = "GET";
        return PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
    }
}
