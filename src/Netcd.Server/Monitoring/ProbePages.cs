using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Netcd.Server.Http;

namespace Netcd.Server.Monitoring;

/// <summary>What programs that watch the member ask for: metrics and health.</summary>
internal sealed class ProbePages
{
    /// <summary>The pages.</summary>
    public ProbePages(MetricsPage metrics, HealthEndpoints health) =>
        Pages = new Dictionary<string, RequestDelegate>(health.Pages, StringComparer.Ordinal) { ["/metrics"] = metrics.WriteAsync };

    /// <summary>What serves each path.</summary>
    public IReadOnlyDictionary<string, RequestDelegate> Pages { get; }

    /// <summary>What is there besides on the ports for metrics, where no clients are: pages for the operator.</summary>
    public IReadOnlyDictionary<string, RequestDelegate> OperatorPages { get; init; } = new Dictionary<string, RequestDelegate>();

    /// <summary>Serves a request on a port that has nothing else.</summary>
    public Task ServeAsync(HttpContext http)
    {
        string path = RequestPath.Decode(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out string query);
        string clean = http.Request.Method == HttpMethods.Connect ? path : RequestPath.Clean(path);
        if (clean != path)
        {
            return Redirect.WriteAsync(http, clean, query);
        }

        string text = RequestPath.ToText(path);
        return Pages.TryGetValue(text, out RequestDelegate? page) || OperatorPages.TryGetValue(text, out page)
            ? page(http)
            : PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "404 page not found");
    }
}
