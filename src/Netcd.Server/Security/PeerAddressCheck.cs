using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Netcd.Server.Security;

/// <summary>
/// Whether a peer's certificate is one for the address that it comes from, as etcd asks on the peer port: by its addresses, and else by
/// its names, looked up in either direction. One that names neither passes.
/// </summary>
internal static class PeerAddressCheck
{
    /// <summary>Why the certificate is not one for the address, or null.</summary>
    /// <param name="certificate">What the peer has shown.</param>
    /// <param name="remote">Where it comes from.</param>
    /// <param name="cancellation">When looking names up has taken too long.</param>
    public static async ValueTask<string?> RefusalAsync(X509Certificate2 certificate, IPAddress remote, CancellationToken cancellation)
    {
        IPAddress host = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : new IPAddress(remote.GetAddressBytes());
        CertificateNames names;
        try
        {
            names = CertificateNames.Of(certificate);
        }
        catch (CryptographicException failure)
        {
            return "x509: the certificate's names cannot be read: " + failure.Message;
        }

        if ((names.DnsNames.Count == 0 && names.Addresses.Count == 0) || names.Addresses.Contains(host))
        {
            return null;
        }

        if (names.DnsNames.Count == 0)
        {
            return $"x509: certificate is valid for {string.Join(", ", names.Addresses)}, not {host}";
        }

        return await IsNameOfAsync(host, names.DnsNames, cancellation).ConfigureAwait(false)
            ? null
            : $"tls: \"{host}\" does not match any of DNSNames [{string.Join(' ', names.DnsNames.Select(static name => $"\"{name}\""))}]";
    }

    private static async ValueTask<bool> IsNameOfAsync(IPAddress host, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        foreach (string found in await NamesOfAsync(host, cancellation).ConfigureAwait(false))
        {
            string name = found.TrimEnd('.');
            if (names.Any(wanted => wanted.StartsWith("*.", StringComparison.Ordinal)
                ? name.EndsWith(wanted[1..], StringComparison.Ordinal)
                : wanted == name))
            {
                return true;
            }
        }

        foreach (string name in names.Where(static name => !name.StartsWith("*.", StringComparison.Ordinal)))
        {
            if ((await AddressesOfAsync(name, cancellation).ConfigureAwait(false)).Contains(host))
            {
                return true;
            }
        }

        return false;
    }

    private static async ValueTask<IReadOnlyList<string>> NamesOfAsync(IPAddress host, CancellationToken cancellation)
    {
        try
        {
            IPHostEntry entry = await Dns.GetHostEntryAsync(host.ToString(), cancellation).ConfigureAwait(false);
            return [entry.HostName, .. entry.Aliases];
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private static async ValueTask<IReadOnlyList<IPAddress>> AddressesOfAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            return [];
        }
    }
}
