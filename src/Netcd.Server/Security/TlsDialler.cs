using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Security;

/// <summary>Connects to other members by TLS: shows this member's certificate and checks theirs.</summary>
/// <param name="options">Versions, suites, and the name that is expected.</param>
/// <param name="credentials">The certificate that is shown and those that are trusted.</param>
/// <param name="log">Where refused members are logged.</param>
internal sealed class TlsDialler(TlsOptions options, TlsCredentials credentials, ILogger log)
{
    /// <summary>A handler for <c>https</c> and <c>http</c> alike.</summary>
    public SocketsHttpHandler Create() => new()
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

    private bool Accepts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // Members that make their certificates themselves are not known to each other by them.
        if (options.IsSelfSigned)
        {
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable);
        }

        string? reason = credentials.Trusted.Reject(chain, errors)
            ?? (IsOtherName(certificate, errors) ? "x509: certificate is not valid for the name that was dialled" : null)
            ?? (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "tls: the member has no certificate" : null);
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
}
