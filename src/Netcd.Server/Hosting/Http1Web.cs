using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Netcd.Server.Security;

namespace Netcd.Server.Hosting;

/// <summary>A server of HTTP/1.1 alone, as for other members and for those who watch over this one.</summary>
internal static class Http1Web
{
    /// <summary>Makes one that is not started.</summary>
    /// <param name="urls">Where it listens.</param>
    /// <param name="reusesPorts">Whether other processes may listen there too.</param>
    /// <param name="tls">How it speaks TLS.</param>
    /// <param name="connections">What bounds its connections.</param>
    /// <param name="logging">Where it logs.</param>
    /// <param name="limit">Sets what a request may be.</param>
    /// <param name="serve">Serves each request.</param>
    public static WebApplication Build(
        IEnumerable<Uri> urls,
        bool reusesPorts,
        TlsEndpoint tls,
        ConnectionLimit connections,
        ILoggerFactory logging,
        Action<KestrelServerLimits> limit,
        RequestDelegate serve)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new Handshake.Logging(logging));
        builder.Services.AddSingleton(new PortSharing(reusesPorts));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = ContentLengthEncoding.Of;
            limit(kestrel.Limits);
        });
        ListenPorts.OpenHttp1(builder, urls, tls, connections);
        WebApplication built = builder.Build();
        built.Run(serve);
        return built;
    }

    /// <summary>Closes its ports and connections at once.</summary>
    public static async Task CloseAsync(WebApplication web)
    {
        using CancellationTokenSource now = new(TimeSpan.Zero);
        await web.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await web.DisposeAsync().ConfigureAwait(false);
    }
}
