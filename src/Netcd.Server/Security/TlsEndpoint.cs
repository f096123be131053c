using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;

namespace Netcd.Server.Security;

/// <summary>One side of the server, its clients' or its peers': the certificates that it needs, opened at the start.</summary>
internal sealed class TlsEndpoint
{
    private readonly ILogger log;
    private readonly string endpoint;
    private readonly TlsOptions options;
    private readonly TlsCredentials credentials;

    /// <summary>Opens what the options name, and makes a certificate where that was asked for.</summary>
    /// <param name="options">How the side is spoken to.</param>
    /// <param name="urls">What it listens on.</param>
    /// <param name="dataDirectory">Where a certificate that is made is kept.</param>
    /// <param name="endpoint">Who connects: <c>client</c> or <c>peer</c>.</param>
    /// <param name="log">Where it is logged.</param>
    /// <exception cref="NodeStartException">A URL asks for TLS and there is no certificate, or one cannot be used.</exception>
    public TlsEndpoint(TlsOptions options, IReadOnlyList<Uri> urls, string dataDirectory, string endpoint, ILogger log)
    {
        this.log = log;
        this.endpoint = endpoint;
        string prefix = endpoint == "peer" ? "peer-" : "";
        RequireOneKindOfNames(options);
        Uri? secure = urls.FirstOrDefault(IsSecure);
        if (options.AutoTls && options.HasCertificate)
        {
            log.IgnoringAutoTls(endpoint);
        }
        else if (options.AutoTls && secure is not null)
        {
            string folder = Path.Combine(dataDirectory, "fixtures", endpoint);
            IEnumerable<string> hosts = urls.Select(static url => url.DnsSafeHost).Where(static host => host.Length > 0);
            options = SelfSignedCertificate.Provide(options, folder, hosts, log) with { IsSelfSigned = true };
        }

        this.options = options;
        credentials = TlsCredentials.Open(options, prefix, log);
        if (secure is not null && credentials.Own is null)
        {
            throw new NodeStartException($"cannot listen on TLS for {secure.OriginalString}: KeyFile and CertFile are not presented");
        }

        foreach (Uri plain in urls.Where(url => !IsSecure(url)))
        {
            WarnOfIgnored(plain);
        }

        if (secure is not null && !options.RequiresClientCertificate)
        {
            WarnOfRules(endpoint);
        }
    }

    /// <summary>Who connects: <c>client</c> or <c>peer</c>.</summary>
    public string Users => endpoint;

    /// <summary>Sets ports up that speak TLS.</summary>
    public TlsListener Listener => new(options, credentials, endpoint, log);

    /// <summary>Connects to the other side.</summary>
    public TlsDialler Dialler => new(options, credentials, log);

    /// <summary>Whether the URL asks for TLS.</summary>
    public static bool IsSecure(Uri url) => url.Scheme is "https" or "unixs";

    /// <summary>As in etcd, certificates are known by their common names or by their hosts, not by both.</summary>
    private static void RequireOneKindOfNames(TlsOptions options)
    {
        if (options.AllowedCommonNames.Count > 0 && options.AllowedHostnames.Count > 0)
        {
            throw new NodeStartException(
                $"AllowedCNs and AllowedHostnames are mutually exclusive (cns={Text(options.AllowedCommonNames)}, "
                    + $"hostnames={Text(options.AllowedHostnames)})");
        }

        static string Text(IEnumerable<string> names) => $"[{string.Join(' ', names.Select(static name => $"\"{name}\""))}]";
    }

    /// <summary>Clients that need no certificate show none: nothing is known of them that could be held against a list.</summary>
    private void WarnOfRules(string side)
    {
        (string Flag, bool IsSet)[] rules = side == "peer"
            ?
            [
                ("peer-crl-file", options.CrlFile.Length > 0), ("peer-cert-allowed-cn", options.AllowedCommonNames.Count > 0),
                ("peer-cert-allowed-hostname", options.AllowedHostnames.Count > 0),
            ]
            :
            [
                ("client-crl-file", options.CrlFile.Length > 0), ("client-cert-allowed-cn", options.AllowedCommonNames.Count > 0),
                ("client-cert-allowed-hostname", options.AllowedHostnames.Count > 0),
            ];
        foreach ((string flag, bool _) in rules.Where(static rule => rule.IsSet))
        {
            log.IgnoringCertificateRules("--" + flag);
        }
    }

    private void WarnOfIgnored(Uri url)
    {
        if (options.HasCertificate)
        {
            log.IgnoringCertificates(endpoint, url);
        }

        if (options.ClientCertAuth)
        {
            log.IgnoringCertificateCheck(endpoint, url);
        }
    }
}
