using System.Net.Security;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;

namespace Netcd.Server.Security;

/// <summary>The certificates of one side of the server: checked when it starts, and read again when their files change.</summary>
internal sealed class TlsCredentials
{
    private readonly Reloaded<KeyPair>? own;
    private readonly Reloaded<KeyPair>? dialling;

    private TlsCredentials(Reloaded<KeyPair>? own, Reloaded<KeyPair>? dialling, TrustedCertificates trusted, CertificateRules rules)
    {
        this.own = own;
        this.dialling = dialling;
        Trusted = trusted;
        Rules = rules;
    }

    /// <summary>Shown to those who connect to us; null without a certificate.</summary>
    public SslStreamCertificateContext? Own => own?.Value.Context;

    /// <summary>Shown to those whom we connect to; null without a certificate.</summary>
    public SslStreamCertificateContext? Dialling => dialling?.Value.Context;

    /// <summary>Those that are trusted.</summary>
    public TrustedCertificates Trusted { get; }

    /// <summary>What else is asked of certificates of the other side.</summary>
    public CertificateRules Rules { get; }

    /// <summary>Equal to itself as long as a connection that is opened uses the same certificates.</summary>
    public object Version => (Dialling, Trusted.Version);

    /// <summary>Reads all files that the options name.</summary>
    /// <param name="options">Where they are.</param>
    /// <param name="prefix">What stands before the names of the flags: nothing, or <c>peer-</c>.</param>
    /// <param name="log">Where later changes are logged.</param>
    /// <exception cref="NodeStartException">One cannot be used; the message names flag and file.</exception>
    public static TlsCredentials Open(TlsOptions options, string prefix, ILogger log)
    {
        Reloaded<KeyPair>? own = null;
        Reloaded<KeyPair>? dialling = null;
        if (options.HasCertificate)
        {
            own = Pair(options.CertFile, options.KeyFile, $"--{prefix}cert-file, --{prefix}key-file", "", log);
            dialling = own;
        }

        if (options.ClientCertFile.Length > 0 || options.ClientKeyFile.Length > 0)
        {
            string flags = $"--{prefix}client-cert-file, --{prefix}client-key-file";
            dialling = Pair(options.ClientCertFile, options.ClientKeyFile, flags, "Client", log);
        }

        TrustedCertificates trusted = new(Optional(options.TrustedCaFile, $"--{prefix}trusted-ca-file", PemFile.Certificates, log));
        string crlFlag = prefix.Length == 0 ? "--client-crl-file" : $"--{prefix}crl-file";
        return new TlsCredentials(
            own, dialling, trusted, new CertificateRules(options, Optional(options.CrlFile, crlFlag, RevocationList.Load, log)));
    }

    private static Reloaded<KeyPair> Pair(string certFile, string keyFile, string flags, string kind, ILogger log)
    {
        if (certFile.Length == 0 || keyFile.Length == 0)
        {
            throw new NodeStartException(
                $"{flags}: {kind}KeyFile and {kind}CertFile must both be present [key: {keyFile}, cert: {certFile}]");
        }

        return Named(flags, () => new Reloaded<KeyPair>([certFile, keyFile], () => KeyPair.Load(certFile, keyFile), log));
    }

    /// <summary>What a file holds; null where none is named.</summary>
    private static Reloaded<T>? Optional<T>(string file, string flag, Func<string, T> load, ILogger log)
        where T : class =>
        file.Length == 0 ? null : Named(flag, () => new Reloaded<T>([file], () => load(file), log));

    private static T Named<T>(string flags, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (TlsFileException failure)
        {
            throw new NodeStartException($"{flags}: {failure.Message}", failure);
        }
    }
}
