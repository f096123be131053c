using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Interop.Security;

/// <summary>An authority of a test's own, and the certificates that it signs, as files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly string folder;
    private readonly X509Certificate2 root;

    public TestAuthority(string folder, string name)
    {
        this.folder = folder;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(30));
        File = Write(name + ".crt", root.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string File { get; }

    /// <summary>Signs a certificate for 127.0.0.1 and writes it and its key.</summary>
    /// <param name="name">The common name, and the files' names.</param>
    /// <param name="days">Days from now on that it is valid; negative for one that has expired.</param>
    /// <param name="isRsa">Whether the key is RSA in PKCS#1, else an elliptic curve's in PKCS#8.</param>
    public (string Certificate, string Key) Sign(string name, int days = 10, bool isRsa = false)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        return Sign(name, names.Build(), days, isRsa);
    }

    /// <summary>Signs a certificate for addresses and names, or for none, and writes it and its key.</summary>
    public (string Certificate, string Key) Sign(string name, string[] addresses, string[] dnsNames)
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

        return Sign(name, addresses.Length + dnsNames.Length > 0 ? names.Build() : null, days: 10, isRsa: false);
    }

    private (string Certificate, string Key) Sign(string name, X509Extension? names, int days, bool isRsa)
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
        DateTimeOffset end = DateTimeOffset.UtcNow.AddDays(days);
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7f;
        using ECDsa rootKey = root.GetECDsaPrivateKey()!;
        X509SignatureGenerator generator = X509SignatureGenerator.CreateForECDsa(rootKey);
        DateTimeOffset start = days < 0 ? end.AddDays(-5) : DateTimeOffset.UtcNow.AddMinutes(-30);
        using X509Certificate2 signed = request.Create(root.SubjectName, generator, start, end, serial);
        return (
            Write(name + ".crt", signed.ExportCertificatePem()),
            Write(name + ".key", rsa is not null ? rsa.ExportRSAPrivateKeyPem() : ec!.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose() => root.Dispose();

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
