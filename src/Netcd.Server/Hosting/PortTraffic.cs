using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Netcd.Server.Grpc;

namespace Netcd.Server.Hosting;

/// <summary>What clients may ask for on a port: gRPC, plain HTTP, or both, which is the usual case.</summary>
internal sealed class PortTraffic
{
    private PortTraffic(string name, HttpProtocols plain, HttpProtocols secure) => (Name, Plain, Secure) = (name, plain, secure);

    /// <summary>Everything on one port.</summary>
    public static PortTraffic Both { get; } = new("grpc+http", HttpProtocols.Http1AndHttp2, HttpProtocols.Http1AndHttp2);

    /// <summary>gRPC alone, where HTTP has ports of its own.</summary>
    public static PortTraffic Grpc { get; } = new("grpc", HttpProtocols.Http2, HttpProtocols.Http2);

    /// <summary>HTTP alone.</summary>
    public static PortTraffic Http { get; } = new("http", HttpProtocols.Http1, HttpProtocols.Http1AndHttp2);

    /// <summary>What members ask each other for.</summary>
    public static PortTraffic Peers { get; } = new("peer", HttpProtocols.Http1, HttpProtocols.Http1);

    /// <summary>As etcd names it in its log.</summary>
    public string Name { get; }

    /// <summary>The versions of HTTP without TLS.</summary>
    public HttpProtocols Plain { get; }

    /// <summary>The versions of HTTP by TLS.</summary>
    public HttpProtocols Secure { get; }

    /// <summary>Remembers what a port is for, for the requests that come by it. Where it is for both there is nothing to
    /// remember.</summary>
    public void Mark(ListenOptions listen)
    {
        if (this != Both)
        {
            listen.Use(next => connection =>
            {
                connection.Features.Set(this);
                return next(connection);
            });
        }
    }

    /// <summary>Serves a request by what its port is for; for members that have ports of both kinds.</summary>
    public static Task ServeAsync(HttpContext http, GrpcFrontEnd grpc, RequestDelegate next) => http.Features.Get<PortTraffic>() == Http
        ? next(http)
        : grpc.ServeAsync(http, static other => CallStatus.RefuseAsync(other, CallRefusal.OfContentType(other.Request.ContentType ?? "")));
}
