using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Monitoring;
using Netcd.Server.Security;

namespace Netcd.Server.Hosting;

/// <summary>
/// The ports of <c>--listen-metrics-urls</c>: metrics and health, and nothing else. They are open as soon as the member runs, with a quorum
/// or without, and clients, however many they are, take none of their connections.
/// </summary>
internal sealed class MetricsPorts : IAsyncDisposable
{
    /// <summary>A connection without a request is closed after it: it must not hold a place for ever.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<Uri> urls;
    private readonly WebApplication? web;
    private readonly ILogger log;

    public MetricsPorts(
        ServerOptions options, ProbePages pages, TlsEndpoint tls, ConnectionLimit connections, ILoggerFactory logging, ILogger log)
    {
        urls = options.ListenMetricsUrls;
        this.log = log;
        if (urls.Count > 0)
        {
            IEnumerable<Uri> distinct = urls.DistinctBy(static url => url.OriginalString);
            web = Http1Web.Build(distinct, options.ReusesPorts, tls, connections, logging, Limit, pages.ServeAsync);
        }
    }

    /// <summary>Opens the ports.</summary>
    /// <exception cref="NodeStartException">One cannot be opened.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (web is null)
        {
            return;
        }

        try
        {
            await web.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AddressInUseException or SocketException or IOException)
        {
            throw new NodeStartException("cannot listen for metrics: " + failure.Message, failure);
        }

        foreach (Uri url in urls)
        {
            log.ServingMetrics(url.OriginalString);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (web is not null)
        {
            await Http1Web.CloseAsync(web).ConfigureAwait(false);
        }
    }

    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = 0;
        limits.KeepAliveTimeout = IdleTime;
    }
}
