using Netcd.Client;

namespace Netcd.Tools.Ctl.Hints;

/// <summary>What somebody may do whose call did not get through.</summary>
internal static class ConnectionHint
{
    private const string ServerPrefix = "etcdserver: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const string NoEtcd = "does not answer as etcd does";

    /// <summary>Whether a failure is one of the way to the server, and not its answer.</summary>
    public static bool IsOfConnection(EtcdException failure) =>
        failure is EtcdUnavailableException && !failure.Message.StartsWith(ServerPrefix, StringComparison.Ordinal);

    /// <summary>A hint on a failure; null where the server has answered.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="endpoints">Who was called.</param>
    /// <param name="tls">How TLS is spoken.</param>
    public static async Task<string?> OfAsync(EtcdException failure, IReadOnlyList<string> endpoints, EtcdTlsOptions? tls)
    {
        bool isForeign = failure.Message.Contains(NoEtcd, StringComparison.Ordinal);
        if (!IsOfConnection(failure) && !isForeign)
        {
            return null;
        }

        string?[] hints = await Task.WhenAll(endpoints.Select(endpoint => OfAsync(endpoint, tls, Patience))).ConfigureAwait(false);
        return Array.Find(hints, static hint => hint is not null) ?? Unexplained(failure, isForeign);
    }

    /// <summary>What is said where somebody listens who speaks as etcd does.</summary>
    private static string Unexplained(EtcdException failure, bool isForeign) => isForeign
            ? "what answers there is another server, or a proxy before it: check --endpoints"
        : failure.Code == EtcdStatusCode.DeadlineExceeded
            ? failure.Message + ": is there a quorum, and a leader? 'endpoint status --cluster' shows it"
        : failure.Message;

    /// <summary>A hint on an endpoint; null where nothing is wrong that can be seen.</summary>
    public static async Task<string?> OfAsync(string endpoint, EtcdTlsOptions? tls, TimeSpan patience)
    {
        string address = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : (tls is null ? "http://" : "https://") + endpoint;
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("http" or "https"))
        {
            return null;
        }

        EndpointReport report = await new EndpointLook(parsed, tls, patience).RunAsync().ConfigureAwait(false);
        return Text(report, endpoint, parsed, tls);
    }

    /// <summary>What to do about what was found.</summary>
    public static string? Text(EndpointReport found, string endpoint, Uri address, EtcdTlsOptions? tls) => found.Finding switch
    {
        EndpointFinding.UnknownName => $"the name {address.Host} is not known: check its spelling in --endpoints, or the name service",
        EndpointFinding.Refused =>
            $"nothing listens at {endpoint}: is the member running, and is {address.Port} its port for clients (usually 2379)?",
        EndpointFinding.Silent => $"nobody answers at {endpoint}: is the machine up, and does a firewall stand between?",
        EndpointFinding.WebServer => $"{endpoint} is a web server, not the port for clients of etcd (usually 2379): check --endpoints",
        EndpointFinding.Foreign => $"what listens at {endpoint} is not etcd, or not its port for clients (usually 2379): check --endpoints",
        EndpointFinding.WantsTls =>
            $"{endpoint} speaks TLS: write https://{address.Authority}, and name its authority by --cacert FILE",
        EndpointFinding.HasNoTls => $"{endpoint} does not speak TLS: write http://{address.Authority}, and leave out "
            + "--cacert, --cert, --key and --insecure-skip-tls-verify",
        EndpointFinding.HasNoHttp2 => $"{endpoint} speaks TLS, but not HTTP/2 as etcd does: check --endpoints",
        EndpointFinding.WrongTime => $"the certificate of {endpoint} {found.Detail}: renew it, or set the clock of this machine right",
        EndpointFinding.WrongName => $"the certificate of {endpoint} is {found.Detail}: call the member by a name that is in it",
        EndpointFinding.NotTrusted when tls?.CaFile is { } file =>
            $"the certificate of {endpoint} is from {found.Detail}, for which {file} does not vouch: give the right one by --cacert",
        EndpointFinding.NotTrusted =>
            $"the certificate of {endpoint} is from {found.Detail}, which this machine does not trust: give its file by --cacert FILE",
        EndpointFinding.WantsCertificate when tls?.CertificateFile is { } file =>
            $"{endpoint} does not take the certificate {file}: it must be from an authority that the member trusts, and be valid",
        EndpointFinding.WantsCertificate => $"{endpoint} wants a certificate from its clients: give one by --cert FILE --key FILE",
        EndpointFinding.Unusable => found.Detail,
        _ => null,
    };
}
