using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Netcd.Engine;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.EngineAccess;
using Netcd.Server.Gateway;
using Netcd.Server.Grpc;
using Netcd.Server.Http;
using Netcd.Server.Monitoring;
using Netcd.Server.Security;
using Netcd.Server.Services;

namespace Netcd.Server.Hosting;

/// <summary>The web application behind the ports for clients.</summary>
internal static class ClientWeb
{
    /// <summary>
    /// Streams that a client may have open on a connection, whatever it is allowed: each takes some kilobytes, and the server counts those
    /// that were reset and are not gone yet as well. Three times as many watches as the largest clients are known to have.
    /// </summary>
    private const uint MaxStreams = 65_536;

    /// <summary>What listens on the ports for clients and serves what comes: gRPC, the gateway, pages.</summary>
    public static WebApplication Build(
        ServerOptions options,
        EngineClient gate,
        ClientHandlers handlers,
        CallMeters calls,
        ProbePages probes,
        TlsEndpoint tls,
        ConnectionLimit connections,
        ILoggerFactory logging)
    {
        int maxReceive = options.Node.MaxRequestBytes + Limits.RequestOverheadBytes;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new Handshake.Logging(logging));
        builder.Services.AddSingleton(new PortSharing(options.ReusesPorts));
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = ContentLengthEncoding.Of;
            kestrel.Limits.MaxRequestBodySize = maxReceive;
            HeaderLimits.Apply(kestrel);
            kestrel.Limits.Http2.MaxStreamsPerConnection = (int)Math.Min(options.MaxConcurrentStreams, MaxStreams);
            kestrel.Limits.Http2.InitialConnectionWindowSize = 1 << 20;
            kestrel.Limits.Http2.InitialStreamWindowSize = 1 << 20;
            kestrel.Limits.Http2.KeepAlivePingDelay =
                options.KeepAliveInterval > TimeSpan.Zero ? options.KeepAliveInterval : Timeout.InfiniteTimeSpan;
            kestrel.Limits.Http2.KeepAlivePingTimeout =
                options.KeepAliveTimeout > TimeSpan.Zero ? options.KeepAliveTimeout : Timeout.InfiniteTimeSpan;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        foreach ((PortTraffic traffic, IReadOnlyList<Uri> urls) in Ports(options))
        {
            ListenPorts.OpenShared(builder, urls, traffic, tls, connections, options.KeepAliveMinTime);
        }

        WebApplication web = builder.Build();
        GrpcFrontEnd grpc = new(GrpcServiceSet.Bind(handlers, calls, maxReceive, logging), gate.Tracing);
        web.Use(next => options.ListenClientHttpUrls.Count == 0
            ? http => grpc.ServeAsync(http, next)
            : http => PortTraffic.ServeAsync(http, grpc, next));
        GatewayRoutes? gateway = options.EnableGateway ? new GatewayRoutes(handlers, new MeteredCalls(calls, gate.Tracing)) : null;
        AccessControl access = new(options.Origins, options.HostWhitelist);
        HttpFrontEnd face = new(
            gateway,
            access,
            maxReceive,
            () => options.ClientTls.ClientCertAuth && gate.Node.Auth.IsEnabled,
            logging.CreateLogger<HttpFrontEnd>());
        web.Use(next => http => face.ServeAsync(http, next));
        web.UseRouting();
        new StatusEndpoints(gate.Node, probes, new DebugVariables(gate)).Map(web);
        return web;
    }

    /// <summary>Opens the ports.</summary>
    /// <exception cref="NodeStartException">One cannot be opened.</exception>
    public static async Task StartAsync(WebApplication web, ServerOptions options, ILogger log, CancellationToken cancellation)
    {
        try
        {
            await web.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException or SocketException)
        {
            throw new NodeStartException("cannot listen for clients: " + failure.Message, failure);
        }
        catch (Exception failure) when (failure is AddressInUseException or SocketException)
        {
            throw new NodeStartException("cannot listen for clients: " + failure.Message, failure);
        }

        LogPorts(options, log);
    }

    /// <summary>The ports for clients, by what they are for.</summary>
    private static IEnumerable<(PortTraffic Traffic, IReadOnlyList<Uri> Urls)> Ports(ServerOptions options) =>
        options.ListenClientHttpUrls.Count == 0
            ? [(PortTraffic.Both, options.ListenClientUrls)]
            : [(PortTraffic.Grpc, options.ListenClientUrls), (PortTraffic.Http, options.ListenClientHttpUrls)];

    private static void LogPorts(ServerOptions options, ILogger log)
    {
        foreach ((PortTraffic traffic, IReadOnlyList<Uri> urls) in Ports(options))
        {
            foreach (Uri url in urls)
            {
                if (TlsEndpoint.IsSecure(url))
                {
                    log.ServingSecurely(traffic.Name, ListenAddress.Authority(url));
                }
                else
                {
                    log.ServingInsecurely(traffic.Name, ListenAddress.Authority(url));
                }
            }
        }
    }
}
