using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Netcd.Client;

namespace Netcd.Tools.Ctl.Hints;

/// <summary>A file for TLS cannot be used.</summary>
internal sealed class TlsFileException(string message) : Exception(message);

/// <summary>What the flags for TLS name.</summary>
internal sealed class TlsFiles : IDisposable
{
    private readonly X509Certificate2Collection authorities = [];
    private X509Certificate2? own;
    private bool hasAuthorities;

    /// <summary>Reads the files.</summary>
    /// <exception cref="TlsFileException">One cannot be used.</exception>
    public static TlsFiles Read(EtcdTlsOptions? options)
    {
        TlsFiles files = new();
        string file = "";
        try
        {
            if (options?.CaFile is { } authority)
            {
                file = authority;
                files.authorities.ImportFromPemFile(authority);
                files.hasAuthorities = true;
            }

            if (options is { CertificateFile: { } certificate, KeyFile: { } key })
            {
                file = certificate;
                files.own = X509Certificate2.CreateFromPemFile(certificate, key);
            }

            return files;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            files.Dispose();
            throw new TlsFileException($"{file} cannot be used: {failure.Message}");
        }
    }

    /// <summary>How to speak TLS with a server, whose certificate is looked at.</summary>
    public SslClientAuthenticationOptions Options(
        string host, Func<X509Certificate?, X509Chain?, SslPolicyErrors, bool> look)
    {
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = host,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => look(certificate, chain, errors),
        };
        if (hasAuthorities)
        {
            options.CertificateChainPolicy =
                new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (own is not null)
        {
            options.ClientCertificates = [own];
        }

        return options;
    }

    public void Dispose()
    {
        own?.Dispose();
        foreach (X509Certificate2 authority in authorities)
        {
            authority.Dispose();
        }
    }
}
