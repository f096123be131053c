using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;

namespace Netcd.Server.Security;

/// <summary>
/// Certificates that the server makes for itself, for traffic that is to be encrypted without anyone being known. They stay in
/// the data directory, where etcd too finds them.
/// </summary>
internal static class SelfSignedCertificate
{
    private const string CertificateName = "cert.pem";
    private const string KeyName = "key.pem";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>etcd's years are of 365 days.</summary>
    private const int DaysPerYear = 365;

    /// <summary>Gives options that use the pair in a folder; makes one there where there is none, or its time is over.</summary>
    /// <param name="options">What else is asked for.</param>
    /// <param name="folder">Where the pair is kept.</param>
    /// <param name="hosts">The hosts that the certificate names.</param>
    /// <param name="log">Where it is logged.</param>
    /// <exception cref="NodeStartException">The folder cannot be written, or the pair in it cannot be used.</exception>
    public static TlsOptions Provide(TlsOptions options, string folder, IEnumerable<string> hosts, ILogger log)
    {
        string certFile = Path.GetFullPath(Path.Combine(folder, CertificateName));
        string keyFile = Path.GetFullPath(Path.Combine(folder, KeyName));
        try
        {
            PrivateFolder.Provide(folder, log);
            bool isPresent = File.Exists(certFile) && File.Exists(keyFile);
            if (!isPresent || HasExpired(certFile, log))
            {
                Make(certFile, keyFile, hosts, options.SelfSignedYears, log);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or TlsFileException)
        {
            throw new NodeStartException($"failed to get self-signed certs in {folder}: {failure.Message}", failure);
        }

        return options with { CertFile = certFile, KeyFile = keyFile, ClientCertFile = certFile, ClientKeyFile = keyFile };
    }

    private static bool HasExpired(string certFile, ILogger log)
    {
        DateTime end = PemFile.Certificates(certFile)[0].NotAfter.ToUniversalTime();
        bool isOver = end < DateTime.UtcNow;
        if (isOver)
        {
            log.ReplacingExpiredCertificate(certFile);
        }

        return isOver;
    }

    private static void Make(string certFile, string keyFile, IEnumerable<string> hosts, int years, ILogger log)
    {
        DateTimeOffset start = DateTimeOffset.UtcNow;
        DateTimeOffset end = start.AddDays((double)years * DaysPerYear);
        log.GeneratingCertificates(end);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using X509Certificate2 certificate = Request(key, hosts).CreateSelfSigned(start, end);

        // The key first: a pair that a crash left incomplete has no certificate, and is made again.
        File.Delete(certFile);
        Write(keyFile, key.ExportECPrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        log.CreatedKeyFile(keyFile);
        Write(
            certFile,
            certificate.ExportCertificatePem(),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        log.CreatedCertFile(certFile);
    }

    private static CertificateRequest Request(ECDsa key, IEnumerable<string> hosts)
    {
        const X509KeyUsageFlags usages = X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DigitalSignature;
        CertificateRequest request = new("O=etcd", key, HashAlgorithmName.SHA512);
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts.Distinct(StringComparer.Ordinal))
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

        // Nothing else may be signed with it: who trusts it trusts this one certificate.
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usages, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <summary>Written beside and moved into place: a reader finds the whole of it or nothing.</summary>
    private static void Write(string path, string text, UnixFileMode mode)
    {
        string beside = path + ".tmp";
        File.Delete(beside);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (StreamWriter writer = new(beside, options))
        {
            writer.Write(text);
            writer.Write('\n');
        }

        File.Move(beside, path, overwrite: true);
    }
}
