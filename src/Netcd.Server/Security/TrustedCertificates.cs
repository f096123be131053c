using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>The certificates that one side trusts, and the rules by which a certificate leads to one of them.</summary>
internal sealed class TrustedCertificates(Reloaded<X509Certificate2Collection>? given)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Another object after a change; null where the system's certificates are trusted.</summary>
    public object? Version => given?.Value;

    /// <summary>How the certificates of those who connect to us are checked.</summary>
    public X509ChainPolicy ForClients() => Policy(ClientAuthentication);

    /// <summary>How the certificates of those whom we connect to are checked.</summary>
    public X509ChainPolicy ForServers() => Policy(ServerAuthentication);

    /// <summary>What is wrong with a chain that was built by one of our policies, or null.</summary>
    public string? Reject(X509Chain? chain, SslPolicyErrors errors)
    {
        if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            return null;
        }

        return chain is null || !EndsAtTrusted(chain)
            ? "tls: failed to verify certificate: " + Describe(chain)
            : null;
    }

    private static string Describe(X509Chain? chain)
    {
        IEnumerable<string> reasons = (chain?.ChainStatus ?? [])
            .Select(status => status.StatusInformation.Trim())
            .Where(reason => reason.Length > 0)
            .Distinct(StringComparer.Ordinal);
        return string.Join("; ", reasons) is { Length: > 0 } all ? all : "x509: certificate signed by unknown authority";
    }

    /// <summary>
    /// Whether all that is missing is the root behind a certificate that is trusted itself: as in etcd, an intermediate
    /// authority may be trusted without its root.
    /// </summary>
    private bool EndsAtTrusted(X509Chain chain) =>
        given is not null
        && chain.ChainElements.Count > 1
        && chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.PartialChain)
        && given.Value.Any(trusted => trusted.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span));

    private X509ChainPolicy Policy(string usage)
    {
        X509ChainPolicy policy = new()
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(usage));
        if (given is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(given.Value);
        }

        return policy;
    }
}
