using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Client.Connecting;

/// <summary>TLS of one connection. The files are read for each: connections are few, and files are replaced while we run.</summary>
internal static class TlsSettings
{
    /// <exception cref="AuthenticationException">A file cannot be read, or holds something else.</exception>
    public static SslClientAuthenticationOptions For(EtcdTlsOptions options, string host)
    {
        SslClientAuthenticationOptions settings = new()
        {
            TargetHost = options.ServerName ?? host,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };
        if (options.CaFile is { } authorities)
        {
            settings.CertificateChainPolicy = TrustOf(authorities);
        }

        if (options.SkipVerify)
        {
#pragma warning disable CA5359 // Asked for by name, and documented as what it is.
            settings.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        if (options is { CertificateFile: { } certificate, KeyFile: { } key })
        {
            settings.ClientCertificateContext = Read(certificate, () => Own(certificate, key));
        }

        return settings;
    }

    private static X509ChainPolicy TrustOf(string file)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Read(file, () =>
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
            return policy;
        });
        return policy.CustomTrustStore.Count > 0 ? policy : throw new AuthenticationException($"{file} holds no certificate");
    }

    private static SslStreamCertificateContext Own(string certificate, string key)
    {
        X509Certificate2Collection all = [];
        all.ImportFromPemFile(certificate);
        X509Certificate2 own = X509Certificate2.CreateFromPemFile(certificate, key);
        return SslStreamCertificateContext.Create(OperatingSystem.IsWindows() ? Kept(own) : own, all, offline: true);
    }

    /// <summary>Windows takes no key that lives in memory alone.</summary>
    private static X509Certificate2 Kept(X509Certificate2 own)
    {
        using (own)
        {
            byte[] both = own.Export(X509ContentType.Pkcs12);
#if NET9_0_OR_GREATER
            return X509CertificateLoader.LoadPkcs12(both, null);
#else
            return new X509Certificate2(both);
#endif
        }
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthenticationException($"TLS file {file} cannot be read: {error.Message}");
        }
    }
}
