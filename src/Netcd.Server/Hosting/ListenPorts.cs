using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Netcd.Server.Http;
using Netcd.Server.Security;

namespace Netcd.Server.Hosting;

/// <summary>Has a web application listen on URLs, as etcd does.</summary>
internal static class ListenPorts
{
    /// <summary>
    /// Opens the ports of clients. URLs of <c>http</c> and of <c>https</c> that name the same host and port share it, and all of them share
    /// a limit.
    /// </summary>
    /// <exception cref="Engine.Starting.NodeStartException">A host is unknown.</exception>
    public static void OpenShared(
        WebApplicationBuilder builder,
        IEnumerable<Uri> urls,
        PortTraffic traffic,
        TlsEndpoint tls,
        ConnectionLimit limit,
        TimeSpan leastPingTime) => Open(
        builder,
        urls.GroupBy(static url => (ListenAddress.IsSocket(url), ListenAddress.Authority(url))),
        tls,
        traffic,
        limit,
        listen =>
        {
            Http2Input.Guard(listen, leastPingTime);
            traffic.Mark(listen);
        });

    /// <summary>Opens a port for each URL, which speaks HTTP/1.1 alone.</summary>
    /// <exception cref="Engine.Starting.NodeStartException">A host is unknown.</exception>
    public static void OpenHttp1(WebApplicationBuilder builder, IEnumerable<Uri> urls, TlsEndpoint tls, ConnectionLimit limit) =>
        Open(builder, urls.Select(url => new[] { url }), tls, PortTraffic.Peers, limit, static _ => { });

    private static void Open(
        WebApplicationBuilder builder,
        IEnumerable<IEnumerable<Uri>> ports,
        TlsEndpoint tls,
        PortTraffic traffic,
        ConnectionLimit limit,
        Action<ListenOptions> guard)
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, PortListenerFactory>());
        ListenPort[] wanted = [.. ports.Select(urls => Plan([.. urls], tls, traffic.Plain, limit))];
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (ListenPort port in wanted)
            {
                foreach (PortProtocol protocol in port.Protocols)
                {
                    kestrel.Listen(new ProtocolEndPoint(port, protocol), listen =>
                    {
                        SetUp(listen, protocol, tls, traffic.Secure);
                        HttpConnection.Remember(listen);
                        guard(listen);
                    });
                }
            }
        });
    }

    private static ListenPort Plan(IReadOnlyList<Uri> urls, TlsEndpoint tls, HttpProtocols plain, ConnectionLimit limit)
    {
        List<PortProtocol> spoken = [];
        if (urls.Any(url => !TlsEndpoint.IsSecure(url)))
        {
            if (plain.HasFlag(HttpProtocols.Http1))
            {
                spoken.Add(PortProtocol.Http1);
            }

            if (plain.HasFlag(HttpProtocols.Http2))
            {
                spoken.Add(PortProtocol.Http2);
            }
        }

        if (urls.Any(TlsEndpoint.IsSecure))
        {
            spoken.Add(PortProtocol.Tls);
        }

        return new ListenPort(ListenAddress.Resolve(urls[0]), spoken, tls.Users, limit);
    }

    private static void SetUp(ListenOptions listen, PortProtocol protocol, TlsEndpoint tls, HttpProtocols protocols)
    {
        if (protocol == PortProtocol.Tls)
        {
            tls.Listener.Configure(listen, protocols);
        }
        else
        {
            listen.Protocols = protocol == PortProtocol.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        }
    }
}
