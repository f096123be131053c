using Netcd.Server.Security;

namespace Netcd.Server.Configuration;

/// <summary>How the members of a new cluster find each other by an etcd cluster that is there already.</summary>
public sealed record DiscoveryOptions
{
    /// <summary>Names the cluster that is made.</summary>
    public required string Token { get; init; }

    /// <summary>Where the cluster that is there is reached: URLs, or host:port.</summary>
    public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>How long a connection may take; zero for as long as the system lets it.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence of a connection after which it is pinged; zero for no pings.</summary>
    public TimeSpan KeepAliveTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Wait for a ping's answer after which the connection is given up.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Whether an endpoint that is no URL is spoken to by TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>The certificates of connections by TLS.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Who logs in; empty for nobody.</summary>
    public string User { get; init; } = "";

    /// <summary>Its password.</summary>
    public string Password { get; init; } = "";

    /// <summary>Reads the flags; null where no cluster is asked.</summary>
    /// <exception cref="ConfigurationException">One of them lacks another.</exception>
    internal static DiscoveryOptions? Read(Settings settings)
    {
        string token = settings.Text("discovery-token");
        IReadOnlyList<string> endpoints = settings.Texts("discovery-endpoints");
        if ((token.Length > 0) != (endpoints.Count > 0))
        {
            throw new ConfigurationException("both --discovery-token and --discovery-endpoints must be set");
        }

        if (endpoints.Count == 0)
        {
            return null;
        }

        if (endpoints.Any(static endpoint => string.IsNullOrWhiteSpace(endpoint)))
        {
            throw new ConfigurationException("--discovery-endpoints must not contain empty endpoints");
        }

        string[] user = settings.Text("discovery-user").Split(':', 2);
        TlsOptions tls = Certificates(settings);
        return new DiscoveryOptions
        {
            Token = token,
            Endpoints = endpoints,
            DialTimeout = settings.Duration("discovery-dial-timeout"),
            RequestTimeout = settings.Duration("discovery-request-timeout"),
            KeepAliveTime = settings.Duration("discovery-keepalive-time"),
            KeepAliveTimeout = settings.Duration("discovery-keepalive-timeout"),
            IsSecure = !settings.Boolean("discovery-insecure-transport") || tls.HasCertificate || tls.TrustedCaFile.Length > 0
                || tls.IsSelfSigned,
            Tls = tls,
            User = user[0],
            Password = user.Length > 1 && settings.Text("discovery-password").Length == 0 ? user[1] : settings.Text("discovery-password"),
        };
    }

    /// <summary>Who does not look at the other side's certificate takes any, as between members that make their own.</summary>
    private static TlsOptions Certificates(Settings settings) => new()
    {
        CertFile = settings.Text("discovery-cert"),
        KeyFile = settings.Text("discovery-key"),
        TrustedCaFile = settings.Text("discovery-cacert"),
        IsSelfSigned = settings.Boolean("discovery-insecure-skip-tls-verify"),
    };
}
