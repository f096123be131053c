using System.Net;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Security;

/// <summary>What is logged of certificates, handshakes and permissions; listed in docs/logs.md.</summary>
internal static partial class TlsLog
{
    /// <param name="log">The log.</param>
    /// <param name="endpoint">Who connects: <c>client</c> or <c>peer</c>.</param>
    /// <param name="remoteAddr">From where.</param>
    /// <param name="serverName">The name that it asks for.</param>
    /// <param name="error">Why it is refused.</param>
    public static void RejectedConnection(this ILogger log, string endpoint, EndPoint? remoteAddr, string serverName, string error)
    {
        if (endpoint == "peer")
        {
            log.RejectedPeer(remoteAddr, serverName, error);
        }
        else
        {
            log.RejectedClient(remoteAddr, serverName, error);
        }
    }

    /// <summary>The same of one that has shown a certificate.</summary>
    public static void RejectedConnection(
        this ILogger log, string endpoint, EndPoint? remoteAddr, string serverName, CertificateNames names, string error)
    {
        if (ReferenceEquals(names, CertificateNames.None))
        {
            log.RejectedConnection(endpoint, remoteAddr, serverName, error);
            return;
        }

        string[] ipAddresses = [.. names.Addresses.Select(static address => address.ToString())];
        if (endpoint == "peer")
        {
            log.RejectedNamedPeer(remoteAddr, serverName, ipAddresses, names.DnsNames, error);
        }
        else
        {
            log.RejectedNamedClient(remoteAddr, serverName, ipAddresses, names.DnsNames, error);
        }
    }

    public static void IgnoringAutoTls(this ILogger log, string endpoint)
    {
        if (endpoint == "peer")
        {
            log.IgnoringPeerAutoTls();
        }
        else
        {
            log.IgnoringClientAutoTls();
        }
    }

    public static void IgnoringCertificates(this ILogger log, string endpoint, Uri url)
    {
        if (endpoint == "peer")
        {
            log.IgnoringPeerCertificates(url.OriginalString);
        }
        else
        {
            log.IgnoringClientCertificates(url.OriginalString);
        }
    }

    public static void IgnoringCertificateCheck(this ILogger log, string endpoint, Uri url)
    {
        if (endpoint == "peer")
        {
            log.IgnoringPeerCertificateCheck(url.OriginalString);
        }
        else
        {
            log.IgnoringClientCertificateCheck(url.OriginalString);
        }
    }

    [LoggerMessage(2201, LogLevel.Warning, "rejected connection on client endpoint")]
    private static partial void RejectedClient(this ILogger log, EndPoint? remoteAddr, string serverName, string error);

    [LoggerMessage(2202, LogLevel.Warning, "rejected connection on peer endpoint")]
    private static partial void RejectedPeer(this ILogger log, EndPoint? remoteAddr, string serverName, string error);

    [LoggerMessage(2203, LogLevel.Warning, "rejected certificate of remote peer")]
    public static partial void RejectedPeerCertificate(this ILogger log, string error);

    [LoggerMessage(2204, LogLevel.Warning, "ignoring client auto TLS since certs given")]
    private static partial void IgnoringClientAutoTls(this ILogger log);

    [LoggerMessage(2205, LogLevel.Warning, "ignoring peer auto TLS since certs given")]
    private static partial void IgnoringPeerAutoTls(this ILogger log);

    [LoggerMessage(2206, LogLevel.Warning, "scheme is http or unix while key and cert files are present; ignoring key and cert files")]
    private static partial void IgnoringClientCertificates(this ILogger log, string clientUrl);

    [LoggerMessage(2207, LogLevel.Warning, "scheme is HTTP while key and cert files are present; ignoring key and cert files")]
    private static partial void IgnoringPeerCertificates(this ILogger log, string peerUrl);

    [LoggerMessage(
        2208, LogLevel.Warning, "scheme is http or unix while --client-cert-auth is enabled; ignoring client cert auth for this URL")]
    private static partial void IgnoringClientCertificateCheck(this ILogger log, string clientUrl);

    [LoggerMessage(
        2209, LogLevel.Warning, "scheme is HTTP while --peer-client-cert-auth is enabled; ignoring client cert auth for this URL")]
    private static partial void IgnoringPeerCertificateCheck(this ILogger log, string peerUrl);

    [LoggerMessage(2210, LogLevel.Warning, "replacing an expired certificate")]
    public static partial void ReplacingExpiredCertificate(this ILogger log, string path);

    [LoggerMessage(2211, LogLevel.Warning, "automatically generate certificates")]
    public static partial void GeneratingCertificates(this ILogger log, DateTimeOffset certificateValidityBoundNotAfter);

    [LoggerMessage(2212, LogLevel.Information, "created key file")]
    public static partial void CreatedKeyFile(this ILogger log, string path);

    [LoggerMessage(2213, LogLevel.Information, "created cert file")]
    public static partial void CreatedCertFile(this ILogger log, string path);

    [LoggerMessage(2214, LogLevel.Information, "reloaded changed certificates")]
    public static partial void ReloadedCertificates(this ILogger log, IReadOnlyList<string> paths);

    [LoggerMessage(2215, LogLevel.Warning, "failed to reload changed certificates; keeping those from before")]
    public static partial void FailedToReloadCertificates(this ILogger log, string error);

    [LoggerMessage(2216, LogLevel.Warning, "check file permission")]
    public static partial void CheckFilePermission(this ILogger log, string error);

    [LoggerMessage(2217, LogLevel.Warning, "rejected connection on client endpoint")]
    private static partial void RejectedNamedClient(
        this ILogger log, EndPoint? remoteAddr, string serverName, IReadOnlyList<string> ipAddresses, IReadOnlyList<string> dnsNames,
        string error);

    [LoggerMessage(2218, LogLevel.Warning, "rejected connection on peer endpoint")]
    private static partial void RejectedNamedPeer(
        this ILogger log, EndPoint? remoteAddr, string serverName, IReadOnlyList<string> ipAddresses, IReadOnlyList<string> dnsNames,
        string error);

    [LoggerMessage(2219, LogLevel.Warning, "flag has no effect since certificates are not asked for")]
    public static partial void IgnoringCertificateRules(this ILogger log, string flag);
}
