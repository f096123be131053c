using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Testing.Security;

/// <summary>An authority of a test's own, and the certificates that it signs, as files.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly string folder;
    private readonly X509Certificate2 root;

    public TestAuthority(string folder, string name)
        : this(folder, name, signer: null)
    {
    }

    private TestAuthority(string folder, string name, X509Certificate2? signer)
    {
        this.folder = folder;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (signer is null)
        {
            root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-20), DateTimeOffset.UtcNow.AddDays(30));
        }
        else
        {
            using X509Certificate2 signed = request.Create(
                signer, DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(20), Serial());
            root = signed.CopyWithPrivateKey(key);
        }

        Pem = root.ExportCertificatePem();
        File = Write(name + ".crt", Pem);
    }

    /// <summary>An authority below this one. Whoever shows a certificate of it has to send the authority's along.</summary>
    public TestAuthority Below(string name) => new(folder, name, root);

    /// <summary>The authority's certificate.</summary>
    public string File { get; }

    /// <summary>The authority's certificate as text.</summary>
    public string Pem { get; }

    /// <summary>How a client speaks TLS with localhost that trusts the authority of a file, and nobody else; none with an empty name.
    /// </summary>
    public static SslClientAuthenticationOptions ClientOptions(string authorityFile)
    {
        X509ChainPolicy trust = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        if (authorityFile.Length > 0)
        {
            trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authorityFile));
        }

        return new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = trust };
    }

    /// <summary>Signs a certificate for 127.0.0.1 and writes it and its key.</summary>
    /// <param name="name">The common name, and the files' names.</param>
    /// <param name="days">Days from now on that it is valid; negative for one that has expired.</param>
    /// <param name="isRsa">Whether the key is RSA in PKCS#1, else an elliptic curve's in PKCS#8.</param>
    public (string Certificate, string Key) Sign(string name, int days = 10, bool isRsa = false)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow.AddDays(days);
        DateTimeOffset start = days < 0 ? end.AddDays(-5) : DateTimeOffset.UtcNow.AddMinutes(-30);
        return Sign(name, Names(["127.0.0.1"], ["localhost"]), start, end, isRsa);
    }

    /// <summary>Signs a certificate for addresses and names, or for none, and writes it and its key.</summary>
    public (string Certificate, string Key) Sign(string name, string[] addresses, string[] dnsNames) =>
        Sign(name, Names(addresses, dnsNames), DateTimeOffset.UtcNow.AddMinutes(-30), DateTimeOffset.UtcNow.AddDays(10), isRsa: false);

    /// <summary>Signs a certificate whose time has not begun.</summary>
    public (string Certificate, string Key) SignForLater(string name) => Sign(
        name, Names(["127.0.0.1"], ["localhost"]), DateTimeOffset.UtcNow.AddDays(1), DateTimeOffset.UtcNow.AddDays(2), isRsa: false);

    /// <summary>A list in PEM of certificates that were revoked, which are given by their files.</summary>
    public string Revoke(params string[] certificates) => PemEncoding.WriteString("X509 CRL", RevokeInDer(certificates)) + "\n";

    /// <summary>The same in DER.</summary>
    public byte[] RevokeInDer(params string[] certificates)
    {
        CertificateRevocationListBuilder list = new();
        foreach (string file in certificates)
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            list.AddEntry(certificate, DateTimeOffset.UtcNow, X509RevocationReason.KeyCompromise);
        }

        return list.Build(root, 1, DateTimeOffset.UtcNow.AddDays(1), HashAlgorithmName.SHA256);
    }

    public void Dispose() => root.Dispose();

    /// <summary>A serial number of eight bytes that is written with as many.</summary>
    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }

    private static X509Extension? Names(string[] addresses, string[] dnsNames)
    {
        SubjectAlternativeNameBuilder names = new();
        foreach (string address in addresses)
        {
            names.AddIpAddress(IPAddress.Parse(address));
        }

        foreach (string dnsName in dnsNames)
        {
            names.AddDnsName(dnsName);
        }

        return addresses.Length + dnsNames.Length > 0 ? names.Build() : null;
    }

    private (string Certificate, string Key) Sign(string name, X509Extension? names, DateTimeOffset start, DateTimeOffset end, bool isRsa)
    {
        using RSA? rsa = isRsa ? RSA.Create(2048) : null;
        using ECDsa? ec = isRsa ? null : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = rsa is not null
            ? new CertificateRequest("CN=" + name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=" + name, ec!, HashAlgorithmName.SHA256);
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        using ECDsa rootKey = root.GetECDsaPrivateKey()!;
        X509SignatureGenerator generator = X509SignatureGenerator.CreateForECDsa(rootKey);
        using X509Certificate2 signed = request.Create(root.SubjectName, generator, start, end, Serial());
        return (
            Write(name + ".crt", signed.ExportCertificatePem()),
            Write(name + ".key", rsa is not null ? rsa.ExportRSAPrivateKeyPem() : ec!.ExportPkcs8PrivateKeyPem()));
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
