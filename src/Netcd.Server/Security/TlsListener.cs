using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Security;

/// <summary>Makes a port of Kestrel speak TLS. ALPN decides between the protocols that it serves.</summary>
/// <param name="options">Versions, suites, and whether certificates are asked for.</param>
/// <param name="credentials">The server's certificate and those that it trusts.</param>
/// <param name="endpoint">Who connects, for the log: <c>client</c> or <c>peer</c>.</param>
/// <param name="log">Where refused connections are logged.</param>
internal sealed class TlsListener(TlsOptions options, TlsCredentials credentials, string endpoint, ILogger log)
{
    /// <summary>A handshake that takes longer is ended, as in etcd: a client that stalls in one must not hold a connection.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly CipherSuitesPolicy? suites = CipherSuites.Policy(options.CipherSuites);

    // As in etcd: clients may come from wherever they like.
    private readonly bool checksAddresses = endpoint == "peer" && options.RequiresClientCertificate && !options.SkipClientSanVerification;

    /// <summary>Sets a port up.</summary>
    public void Configure(ListenOptions listen, HttpProtocols protocols)
    {
        listen.Protocols = protocols;
        listen.Use(next => connection => Handshake.RunAsync(connection, next, endpoint, log));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = connection => new ValueTask<SslServerAuthenticationOptions>(ForConnection(connection)),
            HandshakeTimeout = HandshakeTimeout,
        });
        listen.Use(next => connection => Handshake.Continue(connection, next));
        if (checksAddresses)
        {
            listen.Use(next => connection => ServeNamedAsync(connection, next));
        }
    }

    /// <summary>Serves a peer whose certificate is one for its address; after the handshake, as names may have to be looked up.</summary>
    private async Task ServeNamedAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate
            && connection.RemoteEndPoint is IPEndPoint remote)
        {
            using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
            late.CancelAfter(HandshakeTimeout);
            string? reason;
            try
            {
                reason = await PeerAddressCheck.RefusalAsync(certificate, remote.Address, late.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                reason = "tls: looking up the certificate's names took too long";
            }

            if (reason is not null)
            {
                Handshake.Of(connection).Refuse(log, endpoint, remote, NamesOf(certificate), reason);
                connection.Abort(new ConnectionAbortedException(reason));
                return;
            }
        }

        await next(connection).ConfigureAwait(false);
    }

    /// <summary>Made anew for each handshake, so that changed certificates are used from the next one on.</summary>
    private SslServerAuthenticationOptions ForConnection(TlsHandshakeCallbackContext connection)
    {
        Handshake.Of(connection.Connection).Hear(connection.ClientHelloInfo, options, endpoint, connection.Connection.RemoteEndPoint, log);
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = credentials.Own,
            EnabledSslProtocols = options.Protocols,
            CipherSuitesPolicy = suites,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (options.RequiresClientCertificate)
        {
            handshake.ClientCertificateRequired = true;
            handshake.CertificateChainPolicy = credentials.Trusted.ForClients();
            handshake.RemoteCertificateValidationCallback =
                (_, certificate, chain, errors) => Accepts(connection, certificate, chain, errors);

            // A resumed session would rest on a check of long ago: the certificate is checked on every connection.
            handshake.AllowTlsResume = false;
        }

        return handshake;
    }

    private bool Accepts(TlsHandshakeCallbackContext connection, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string? reason = errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            ? "tls: client didn't provide a certificate"
            : credentials.Trusted.Reject(chain, errors) ?? credentials.Rules.Reject(certificate, chain);
        if (reason is null)
        {
            return true;
        }

        Handshake.Of(connection.Connection).Refuse(
            log, endpoint, connection.Connection.RemoteEndPoint, NamesOf(certificate as X509Certificate2), reason);
        return false;
    }

    private static CertificateNames NamesOf(X509Certificate2? certificate)
    {
        try
        {
            return certificate is null ? CertificateNames.None : CertificateNames.Of(certificate);
        }
        catch (CryptographicException)
        {
            return CertificateNames.None;
        }
    }
}
