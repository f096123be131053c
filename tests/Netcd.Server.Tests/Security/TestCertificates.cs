using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Tests.Security;

/// <summary>Certificates that are made as a test needs them.</summary>
internal static class TestCertificates
{
    /// <summary>A certificate that has signed itself.</summary>
    public static X509Certificate2 SelfSigned(string subject, params string[] hosts) =>
        SelfSigned(new X500DistinguishedName(subject), hosts);

    /// <summary>A certificate that has signed itself.</summary>
    public static X509Certificate2 SelfSigned(X500DistinguishedName subject, params string[] hosts)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        if (hosts.Length > 0)
        {
            SubjectAlternativeNameBuilder names = new();
            foreach (string host in hosts)
            {
                if (IPAddress.TryParse(host, out IPAddress? address))
                {
                    names.AddIpAddress(address);
                }
                else
                {
                    names.AddDnsName(host);
                }
            }

            request.CertificateExtensions.Add(names.Build());
        }

        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>A list of serial numbers in DER, signed by a certificate.</summary>
    public static byte[] RevocationList(X509Certificate2 issuer, params byte[][] serials)
    {
        CertificateRevocationListBuilder builder = new();
        foreach (byte[] serial in serials)
        {
            builder.AddEntry(serial, DateTimeOffset.UtcNow, X509RevocationReason.KeyCompromise);
        }

        return builder.Build(issuer, 1, DateTimeOffset.UtcNow.AddDays(1), HashAlgorithmName.SHA256);
    }
}
