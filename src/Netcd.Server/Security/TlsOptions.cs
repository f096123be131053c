using System.Net.Security;
using System.Security.Authentication;

namespace Netcd.Server.Security;

/// <summary>How one side of the server, its clients or its peers, is spoken to by TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>The certificate, followed by those that lead to its root, in PEM; empty for none.</summary>
    public string CertFile { get; init; } = "";

    /// <summary>Its key in PEM: PKCS#1, PKCS#8 or SEC 1.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>A certificate of its own for the connections that this server opens; empty for <see cref="CertFile"/>.</summary>
    public string ClientCertFile { get; init; } = "";

    /// <summary>The key of <see cref="ClientCertFile"/>.</summary>
    public string ClientKeyFile { get; init; } = "";

    /// <summary>The certificates that are trusted to sign those of the other side; empty for the system's.</summary>
    public string TrustedCaFile { get; init; } = "";

    /// <summary>The certificates that are revoked, in PEM or DER; empty for none.</summary>
    public string CrlFile { get; init; } = "";

    /// <summary>The common names that certificates of the other side may have; empty for any.</summary>
    public IReadOnlyList<string> AllowedCommonNames { get; init; } = [];

    /// <summary>Hosts of which a certificate of the other side must be for one; empty for any.</summary>
    public IReadOnlyList<string> AllowedHostnames { get; init; } = [];

    /// <summary>Whether a client must have a certificate to connect. Naming trusted certificates asks for it too.</summary>
    public bool ClientCertAuth { get; init; }

    /// <summary>Whether the server makes a certificate where none is given.</summary>
    public bool AutoTls { get; init; }

    /// <summary>Years that such a certificate is valid.</summary>
    public int SelfSignedYears { get; init; } = 1;

    /// <summary>Whether peers may come from addresses that their certificates do not name.</summary>
    public bool SkipClientSanVerification { get; init; }

    /// <summary>The name that certificates of dialled members must have, where it is not the host that is dialled.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>The address that connections to members come from; empty for what the system chooses.</summary>
    public string LocalAddress { get; init; } = "";

    /// <summary>The versions that may be spoken.</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The suites of TLS 1.2 that may be used; empty for the platform's. Those of TLS 1.3 always may.</summary>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; } = [];

    /// <summary>Whether the certificate is one that the server has made: clients cannot know it.</summary>
    public bool IsSelfSigned { get; init; }

    /// <summary>Whether a certificate or key is given.</summary>
    public bool HasCertificate => CertFile.Length > 0 || KeyFile.Length > 0;

    /// <summary>Whether a client has to show a certificate to connect.</summary>
    public bool RequiresClientCertificate => ClientCertAuth || TrustedCaFile.Length > 0;
}
