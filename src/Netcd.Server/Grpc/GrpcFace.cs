using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Netcd.Server.Grpc;

/// <summary>Takes gRPC's calls out of what comes in, and refuses those that Go's gRPC server refuses, in its words.</summary>
internal sealed class GrpcFace(GrpcMethods methods)
{
    /// <summary>Serves a call, or hands on what is none.</summary>
    /// <remarks>Hot path.</remarks>
    public Task ServeAsync(HttpContext http, RequestDelegate next) => IsCall(http.Request) ? ServeCallAsync(http) : next(http);

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

    private static bool IsCall(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol)
        && request.ContentType?.StartsWith(CallHead.GrpcContentType, StringComparison.OrdinalIgnoreCase) == true;

    private Task ServeCallAsync(HttpContext http)
    {
        if (CallHead.Read(http.Request, out CallHead head) is { } refusal)
        {
            return CallStatus.RefuseAsync(http, refusal);
        }

        // As it was sent: a method has one name.
        string path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (methods.Find(path) is not { } handler)
        {
            CallRefusal unknown = new(StatusCodes.Status200OK, head.ContentType, StatusCode.Unimplemented, methods.Explain(path));
            return CallStatus.RefuseAsync(http, unknown);
        }

        return CallHead.ReadEncoding(http.Request, ref head) is { } unreadable ? CallStatus.RefuseAsync(http, unreadable) : handler(http, head);
    }
}
