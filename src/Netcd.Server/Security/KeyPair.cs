using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>A certificate with its key, and the certificates that are sent along with it.</summary>
/// <param name="Leaf">The certificate.</param>
/// <param name="Context">The form in which a handshake takes it.</param>
internal sealed record KeyPair(X509Certificate2 Leaf, SslStreamCertificateContext Context)
{
    /// <summary>Reads the pair, and checks that key and certificate belong together and that its time is not over.</summary>
    /// <exception cref="TlsFileException">It cannot be used.</exception>
    public static KeyPair Load(string certFile, string keyFile)
    {
        X509Certificate2Collection chain = PemFile.Certificates(certFile);
        using AsymmetricAlgorithm key = PemFile.PrivateKey(keyFile);
        X509Certificate2 leaf = Join(chain[0], key, $"({certFile}, {keyFile})");
        DateTime end = leaf.NotAfter.ToUniversalTime();
        if (end < DateTime.UtcNow)
        {
            throw new TlsFileException(string.Create(
                CultureInfo.InvariantCulture, $"{certFile}: the certificate has expired, it was valid until {end:yyyy-MM-dd HH:mm:ss}Z"));
        }

        chain.RemoveAt(0);
        return new KeyPair(leaf, SslStreamCertificateContext.Create(leaf, chain, offline: true));
    }

    private static X509Certificate2 Join(X509Certificate2 certificate, AsymmetricAlgorithm key, string files)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        using ECDsa? ec = certificate.GetECDsaPublicKey();
        if (rsa is null && ec is null)
        {
            throw new TlsFileException("tls: unknown public key algorithm " + files);
        }

        if ((rsa is null) != (key is not RSA))
        {
            throw new TlsFileException("tls: private key type does not match public key type " + files);
        }

        try
        {
            return Usable(key is RSA rsaKey ? certificate.CopyWithPrivateKey(rsaKey) : certificate.CopyWithPrivateKey((ECDsa)key));
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            throw new TlsFileException("tls: private key does not match public key " + files, failure);
        }
    }

    /// <summary>Windows takes no key for a handshake that is in memory alone: through PKCS#12 it gets a container.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }
}
