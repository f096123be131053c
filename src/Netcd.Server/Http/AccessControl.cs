using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Http;

/// <summary>
/// Under which names clients may call by HTTP, and the pages of which origins may do so in a browser. A page of elsewhere whose name leads
/// to this machine (DNS rebinding) comes with its own name, so names are looked at where no certificate proves them: without TLS.
/// </summary>
/// <param name="origins">The origins; <c>*</c> for any.</param>
/// <param name="hosts">The names; <c>*</c> for any.</param>
internal sealed class AccessControl(IEnumerable<string> origins, IEnumerable<string> hosts)
{
    private const string All = "*";

    private readonly HashSet<string> origins = [.. origins];
    private readonly HashSet<string> hosts = [.. hosts];
    private readonly bool isOpenToOrigins = origins.Contains(All);
    private readonly bool isOpenToHosts = hosts.Contains(All);

    /// <summary>Writes the headers that a browser asks for; null, or the answer to a request that is not to be served.</summary>
    public Task? Admit(HttpContext http, ILogger log)
    {
        if (!isOpenToHosts && !http.Request.IsHttps && HostOf(http.Request.Host.Value ?? "") is var host && !hosts.Contains(host))
        {
            log.RejectingHost(host);
            return PlainText.WriteAsync(http, StatusCodes.Status421MisdirectedRequest, Refusal(host));
        }

        string? origin = isOpenToOrigins ? All : http.Request.Headers.Origin;
        if (isOpenToOrigins || (origin is not null && origins.Contains(origin)))
        {
            IHeaderDictionary headers = http.Response.Headers;
            headers.AccessControlAllowMethods = "POST, GET, OPTIONS, PUT, DELETE";
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlAllowHeaders = "accept, content-type, authorization";
        }

        return null;
    }

    /// <summary>The host of <c>host:port</c>; another text as it is, as in Go.</summary>
    internal static string HostOf(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return text;
        }

        string host = text[..colon];
        if (host is ['[', .. string inner, ']'])
        {
            return inner.AsSpan().ContainsAny('[', ']') ? text : inner;
        }

        return host.AsSpan().ContainsAny(':', '[', ']') ? text : host;
    }

    private static string Refusal(string host) =>
        $"""

        etcd received your request, but the Host header was unrecognized.

        To fix this, choose one of the following options:
        - Enable TLS, then any HTTPS request will be allowed.
        - Add the hostname you want to use to the whitelist in settings.
          - e.g. etcd --host-whitelist "{host}"

        This requirement has been added to help prevent "DNS Rebinding" attacks (CVE-2018-5702).

        """.ReplaceLineEndings("\n");
}
