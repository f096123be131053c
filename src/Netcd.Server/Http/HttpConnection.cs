using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Netcd.Server.EngineAccess;
using Netcd.Server.Security;

namespace Netcd.Server.Http;

/// <summary>A client's connection as Kestrel knows it.</summary>
/// <remarks>Made once for a connection: its certificate is looked into once, however many calls come by it.</remarks>
internal sealed class HttpConnection : CallerConnection
{
    private readonly IPEndPoint? remote;
    private readonly Lazy<string?> commonName;

    private HttpConnection(IPEndPoint? remote, ITlsConnectionFeature? tls)
    {
        this.remote = remote;
        commonName = new Lazy<string?>(() => tls?.ClientCertificate is { } certificate ? NameOf(certificate) : null);
    }

    /// <inheritdoc/>
    public override string Address => remote?.ToString() ?? "";

    /// <inheritdoc/>
    public override string Host => remote?.Address.ToString() ?? "";

    /// <inheritdoc/>
    public override string? CommonName => commonName.Value;

    private static string? NameOf(X509Certificate2 certificate)
    {
        try
        {
            return CertificateNames.Of(certificate).CommonName;
        }
        catch (CryptographicException)
        {
            // What cannot be read names nobody.
            return null;
        }
    }

    /// <summary>Has the connections of a port known to the requests that come by them; to be called when TLS is set up.</summary>
    public static void Remember(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set<CallerConnection>(
            new HttpConnection(connection.RemoteEndPoint as IPEndPoint, connection.Features.Get<ITlsConnectionFeature>()));
        return next(connection);
    });
}
