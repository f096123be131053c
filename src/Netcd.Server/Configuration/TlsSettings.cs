using System.Net.Security;
using System.Security.Authentication;
using Netcd.Server.Security;

namespace Netcd.Server.Configuration;

/// <summary>Makes the options of TLS of settings.</summary>
internal static class TlsSettings
{
    /// <summary>The options of one side.</summary>
    /// <param name="settings">What was set.</param>
    /// <param name="prefix">What stands before the names of its flags: nothing for clients, <c>peer-</c> for peers.</param>
    /// <exception cref="ConfigurationException">A version or a suite is unknown, or they contradict each other.</exception>
    public static TlsOptions Read(Settings settings, string prefix) => new()
    {
        CertFile = settings.Text(prefix + "cert-file"),
        KeyFile = settings.Text(prefix + "key-file"),
        ClientCertFile = settings.Text(prefix + "client-cert-file"),
        ClientKeyFile = settings.Text(prefix + "client-key-file"),
        TrustedCaFile = settings.Text(prefix + "trusted-ca-file"),
        ClientCertAuth = settings.Boolean(prefix + "client-cert-auth"),
        CrlFile = settings.Text(prefix.Length == 0 ? "client-crl-file" : prefix + "crl-file"),
        AllowedCommonNames = settings.List((prefix.Length == 0 ? "client-" : prefix) + "cert-allowed-cn"),
        AllowedHostnames = settings.List((prefix.Length == 0 ? "client-" : prefix) + "cert-allowed-hostname"),
        AutoTls = settings.Boolean(prefix + "auto-tls"),
        SelfSignedYears = (int)Math.Clamp(settings.Count("self-signed-cert-validity"), 1, 100),
        SkipClientSanVerification = prefix == "peer-" && settings.Boolean("peer-skip-client-san-verification"),
        Protocols = Protocols(settings),
        CipherSuites = Suites(settings),
    };

    private static SslProtocols Protocols(Settings settings)
    {
        string least = settings.Text("tls-min-version");
        string most = settings.Text("tls-max-version");
        int from = Version(least, otherwise: 2);
        int to = Version(most, otherwise: 3);
        if (from > to)
        {
            throw new ConfigurationException($"min version ({least}) is greater than max version ({most})");
        }

        if (from == 3 && settings.Texts("cipher-suites").Count > 0)
        {
            throw new ConfigurationException("cipher suites cannot be configured when only TLS1.3 is enabled");
        }

        return (to == 3 ? SslProtocols.Tls13 : SslProtocols.None) | (from == 2 ? SslProtocols.Tls12 : SslProtocols.None);
    }

    private static int Version(string text, int otherwise) => text switch
    {
        "" => otherwise,
        "TLS1.2" => 2,
        "TLS1.3" => 3,
        _ => throw new ConfigurationException($"unexpected TLS version \"{text}\" (must be one of: TLS1.2, TLS1.3)"),
    };

    private static List<TlsCipherSuite> Suites(Settings settings)
    {
        List<TlsCipherSuite> suites = [];
        if (settings.IsSet("cipher-suites") && settings.Texts("cipher-suites").Count == 0)
        {
            throw new ConfigurationException("unexpected TLS cipher suite \"\"");
        }

        foreach (string name in settings.Texts("cipher-suites"))
        {
            suites.Add(CipherSuites.TryFind(name, out TlsCipherSuite suite)
                ? suite
                : throw new ConfigurationException($"unexpected TLS cipher suite \"{name}\""));
        }

        return suites;
    }
}
