using Microsoft.AspNetCore.Http;
using Netcd.Server.Flight;
using Netcd.Server.Http;

namespace Netcd.Server.Monitoring;

/// <summary><c>/debug/netcd/flight</c>: what the recorder holds.</summary>
internal static class FlightPage
{
    /// <summary>Where it is.</summary>
    public const string Path = "/debug/netcd/flight";

    /// <summary>Serves a request.</summary>
    public static Task ServeAsync(HttpContext http, FlightFiles files)
    {
        if (http.Request.Method != HttpMethods.Get)
        {
            http.Response.Headers.Allow = "GET";
            return PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
        }

        ReadOnlyMemory<byte> lines = files.Lines("asked for by HTTP");
        http.Response.ContentType = "application/x-ndjson";
        http.Response.ContentLength = lines.Length;
        return http.Response.Body.WriteAsync(lines, http.RequestAborted).AsTask();
    }
}
