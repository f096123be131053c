using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Security;

/// <summary>Connects to other members: by TLS it shows this member's certificate and checks theirs.</summary>
/// <param name="options">Versions, suites, and the name that is expected.</param>
/// <param name="credentials">The certificate that is shown and those that are trusted.</param>
/// <param name="log">Where refused members are logged.</param>
internal sealed class TlsDialler(TlsOptions options, TlsCredentials credentials, ILogger log)
{
    /// <summary>A handler for URLs of every scheme that members have.</summary>
    /// <param name="configure">Sets timeouts and limits.</param>
    public HttpMessageHandler Create(Action<SocketsHttpHandler> configure) =>
        new RenewedHandler(
            () => new SchemeHandler(FromLocalAddress(Connections(configure)), Connections(configure)), () => credentials.Version);

    private SocketsHttpHandler FromLocalAddress(SocketsHttpHandler handler)
    {
        if (options.LocalAddress.Length > 0)
        {
            IPAddress local = IPAddress.Parse(options.LocalAddress);
            handler.ConnectCallback = (context, cancellation) => ConnectFromAsync(local, context.DnsEndPoint, cancellation);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectFromAsync(IPAddress local, DnsEndPoint name, CancellationToken cancellation)
    {
        Socket socket = new(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(local, 0));
            await socket.ConnectAsync(name, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SocketsHttpHandler Connections(Action<SocketsHttpHandler> configure)
    {
        SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = credentials.Dialling,
                EnabledSslProtocols = options.Protocols,
                CipherSuitesPolicy = Security.CipherSuites.Policy(options.CipherSuites),
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = credentials.Trusted.ForServers(),
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Accepts(certificate, chain, errors),
            },
        };
        configure(handler);
        return handler;
    }

    private bool Accepts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // Members that make their certificates themselves are not known to each other by them.
        if (options.IsSelfSigned)
        {
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable);
        }

        string? reason = credentials.Trusted.Reject(chain, errors)
            ?? (IsOtherName(certificate, errors) ? "x509: certificate is not valid for the name that was dialled" : null)
            ?? (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "tls: the member has no certificate" : null)
            ?? credentials.Rules.Reject(certificate, chain);
        if (reason is not null)
        {
            log.RejectedPeerCertificate(reason);
        }

        return reason is null;
    }

    private bool IsOtherName(X509Certificate? certificate, SslPolicyErrors errors) =>
        options.ServerName.Length > 0 && certificate is X509Certificate2 shown
            ? !shown.MatchesHostname(options.ServerName)
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);

    /// <summary>
    /// Sends a request for <c>unix://</c> or <c>unixs://</c> as one over HTTP or HTTPS, by a socket of that name instead of an address.
    /// </summary>
    private sealed class SchemeHandler : DelegatingHandler
    {
        private readonly HttpMessageInvoker sockets;

        public SchemeHandler(SocketsHttpHandler addresses, SocketsHttpHandler files)
            : base(addresses)
        {
            files.ConnectCallback = static (context, cancellation) => ConnectAsync(context.DnsEndPoint, cancellation);
            sockets = new HttpMessageInvoker(files);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri is not { Scheme: "unix" or "unixs" } url)
            {
                return base.SendAsync(request, cancellationToken);
            }

            request.RequestUri = new UriBuilder(url) { Scheme = url.Scheme == "unix" ? Uri.UriSchemeHttp : Uri.UriSchemeHttps }.Uri;
            return sockets.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            sockets.Dispose();
            base.Dispose(disposing);
        }

        private static async ValueTask<Stream> ConnectAsync(DnsEndPoint name, CancellationToken cancellation)
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{name.Host}:{name.Port}"), cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
