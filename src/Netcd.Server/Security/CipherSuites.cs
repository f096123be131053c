using System.Net.Security;
using static System.Net.Security.TlsCipherSuite;

namespace Netcd.Server.Security;

/// <summary>The cipher suites by the names that etcd's operators write: those of Go.</summary>
internal static class CipherSuites
{
    /// <summary>Always offered where TLS 1.3 is: as in Go, they cannot be chosen.</summary>
    private static readonly TlsCipherSuite[] OfTls13 = [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256];

    /// <summary>Suites that Go knows and today's platforms can do. RC4 and 3DES are gone from OpenSSL and left out.</summary>
    private static readonly TlsCipherSuite[] Known =
    [
        .. OfTls13,
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        TLS_RSA_WITH_AES_128_CBC_SHA,
        TLS_RSA_WITH_AES_128_CBC_SHA256,
        TLS_RSA_WITH_AES_128_GCM_SHA256,
        TLS_RSA_WITH_AES_256_CBC_SHA,
        TLS_RSA_WITH_AES_256_GCM_SHA384,
    ];

    private static readonly Dictionary<string, TlsCipherSuite> ByName = Named();

    /// <summary>Finds a suite.</summary>
    public static bool TryFind(string name, out TlsCipherSuite suite) => ByName.TryGetValue(name, out suite);

    /// <summary>What is set on the platform; null where it chooses, or cannot be set.</summary>
    public static CipherSuitesPolicy? Policy(IReadOnlyList<TlsCipherSuite> chosen)
    {
        if (chosen.Count == 0 || OperatingSystem.IsWindows() || OperatingSystem.IsAndroid())
        {
            return null;
        }

        return new CipherSuitesPolicy(chosen.Concat(OfTls13).Distinct());
    }

    private static Dictionary<string, TlsCipherSuite> Named()
    {
        Dictionary<string, TlsCipherSuite> names = Known.ToDictionary(suite => suite.ToString(), StringComparer.Ordinal);

        // Go's names of these before it learnt the hash's.
        names["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"] = TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
        names["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"] = TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
        return names;
    }
}
