using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Netcd.Engine.Starting;

namespace Netcd.Server.Hosting;

/// <summary>The addresses that a listen URL means.</summary>
internal static class ListenAddress
{
    private const string SchemeEnd = "://";

    /// <summary>Host and port as they were written: an <see cref="Uri"/> forgets a port that is usual for its scheme.</summary>
    public static string Authority(Uri url)
    {
        string text = url.OriginalString.Trim();
        return text[(text.IndexOf(SchemeEnd, StringComparison.Ordinal) + SchemeEnd.Length)..].TrimEnd('/');
    }

    /// <summary>Whether the URL means a file instead of an address.</summary>
    public static bool IsSocket(Uri url) => url.Scheme is "unix" or "unixs";

    /// <summary>Resolves what the URL names: an address, <c>localhost</c> (IPv4), a name, or the file of a socket.</summary>
    /// <exception cref="NodeStartException">The host is unknown, or the file's name too long.</exception>
    public static EndPoint Resolve(Uri url) => IsSocket(url) ? Socket(Authority(url)) : ResolveHost(url);

    private static UnixDomainSocketEndPoint Socket(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException failure)
        {
            throw new NodeStartException($"listen unix {path}: bind: invalid argument", failure);
        }
    }

    private static IPEndPoint ResolveHost(Uri url)
    {
        // No number behind the colon is any port that is free, as 0 is.
        int port = Authority(url).EndsWith(':') ? 0 : url.Port;
        string host = url.DnsSafeHost;
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return new IPEndPoint(Plain(address), port);
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new IPEndPoint(IPAddress.Loopback, port);
        }

        try
        {
            IPAddress found = Dns.GetHostAddresses(host)
                .OrderBy(candidate => candidate.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First();
            return new IPEndPoint(Plain(found), port);
        }
        catch (Exception failure) when (failure is SocketException or InvalidOperationException)
        {
            throw new NodeStartException(
                string.Create(CultureInfo.InvariantCulture, $"cannot resolve listen URL {url.OriginalString}: {failure.Message}"), failure);
        }
    }

    /// <summary>Go takes an address of IPv4 in the clothes of IPv6 for what it is.</summary>
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
