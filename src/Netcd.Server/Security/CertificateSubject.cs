using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>Whom a certificate is for.</summary>
internal static class CertificateSubject
{
    private const string CommonNameId = "2.5.4.3";

    /// <summary>The common name; empty for none. Where there are several the last one counts, as in Go.</summary>
    public static string CommonName(X509Certificate2 certificate) => certificate.SubjectName
        .EnumerateRelativeDistinguishedNames(reversed: false)
        .Where(static name => !name.HasMultipleElements && name.GetSingleElementType().Value == CommonNameId)
        .Select(static name => name.GetSingleElementValue())
        .LastOrDefault() ?? "";
}
