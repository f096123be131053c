using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>
/// What else a certificate that leads to a trusted one must be: one of the allowed names, and not revoked. Where neither is asked for
/// everything passes.
/// </summary>
/// <param name="options">The names.</param>
/// <param name="revoked">The list; null where there is none.</param>
internal sealed class CertificateRules(TlsOptions options, Reloaded<RevocationList>? revoked)
{
    /// <summary>etcd's words, whichever side has shown the certificate.</summary>
    private const string OtherName = "client certificate authentication failed";

    /// <summary>Why a certificate is refused, or null.</summary>
    /// <param name="certificate">The one that was shown.</param>
    /// <param name="chain">It, and what was sent along with it.</param>
    public string? Reject(X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is not X509Certificate2 shown)
        {
            return null;
        }

        return IsAllowed(shown) ? revoked?.Value.Reject([shown, .. chain?.ChainPolicy.ExtraStore ?? []]) : OtherName;
    }

    private bool IsAllowed(X509Certificate2 certificate)
    {
        if (options.AllowedCommonNames.Count == 0 && options.AllowedHostnames.Count == 0)
        {
            return true;
        }

        try
        {
            CertificateNames names = CertificateNames.Of(certificate);
            return options.AllowedCommonNames.Contains(names.CommonName) || options.AllowedHostnames.Any(names.IsFor);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
