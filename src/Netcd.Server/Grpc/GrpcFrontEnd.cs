using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Netcd.Server.Tracing;

namespace Netcd.Server.Grpc;

/// <summary>Takes gRPC's calls out of what comes in, and refuses those that Go's gRPC server refuses, in its words.</summary>
/// <param name="methods">What serves them.</param>
/// <param name="tracing">Traces them; null where they are not traced.</param>
internal sealed class GrpcFrontEnd(GrpcMethods methods, CallTracing? tracing = null)
{
    private static readonly CallRefusal Overloaded = new(
        StatusCodes.Status431RequestHeaderFieldsTooLarge,
        CallHead.GrpcContentType,
        StatusCode.ResourceExhausted,
        "grpc: the headers of the requests that are under way are too large together");

    private readonly HeaderBudget budget = new();

    /// <summary>Serves a call, or hands on what is none.</summary>
    /// <remarks>Hot path.</remarks>
    public Task ServeAsync(HttpContext http, RequestDelegate next)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            return next(http);
        }

        HeaderScan scan = HeaderScan.Of(http.Request.Headers);
        return scan.Characters <= HeaderBudget.Small ? ServeAsync(http, scan, next) : ServeLargeAsync(http, scan, next);
    }

    /// <summary>
    /// Answers what no endpoint took. Over HTTP/2 without TLS that is meant for gRPC, which in etcd has the connection to itself.
    /// </summary>
    /// <returns>Null where it is for others to answer.</returns>
    public static Task? TryRefuse(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol) || http.Request.IsHttps)
        {
            return null;
        }

        http.Response.Headers.Clear();
        return CallStatus.RefuseAsync(http, CallRefusal.OfContentType(http.Request.ContentType ?? ""));
    }

    private Task ServeAsync(HttpContext http, in HeaderScan scan, RequestDelegate next)
    {
        string? contentType = http.Request.ContentType;
        return contentType?.StartsWith(CallHead.GrpcContentType, StringComparison.OrdinalIgnoreCase) == true
            ? ServeCallAsync(http, scan)
            : next(http);
    }

    private async Task ServeLargeAsync(HttpContext http, HeaderScan scan, RequestDelegate next)
    {
        if (!budget.TryTake(scan.Characters))
        {
            // The server keeps the request for some seconds, until its client has heard of this.
            http.Request.Headers.Clear();
            await CallStatus.RefuseAsync(http, Overloaded).ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(http, scan, next).ConfigureAwait(false);
        }
        finally
        {
            budget.Return(scan.Characters);
        }
    }

    private Task ServeCallAsync(HttpContext http, in HeaderScan scan)
    {
        if (CallHead.Read(http.Request, scan, out CallHead head) is { } refusal)
        {
            return CallStatus.RefuseAsync(http, refusal);
        }

        // As it was sent: a method has one name.
        string path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (methods.Find(path) is not { } method)
        {
            CallRefusal unknown = new(StatusCodes.Status200OK, head.ContentType, StatusCode.Unimplemented, methods.Explain(path));
            return CallStatus.RefuseAsync(http, unknown);
        }

        if (CallHead.ReadEncoding(http.Request, ref head) is { } unreadable)
        {
            return CallStatus.RefuseAsync(http, unreadable);
        }

        CallHead metered = head.Metered(method.Meter, http.Request.Headers);
        return tracing is null ? method.Serve(http, metered) : ServeTracedAsync(http, metered, method);
    }

    private Task ServeTracedAsync(HttpContext http, CallHead head, GrpcMethod method) =>
        tracing!.ServeAsync(http, method.Meter.Service, method.Meter.Method, () => method.Serve(http, head));
}
