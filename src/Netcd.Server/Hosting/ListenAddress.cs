using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Netcd.Engine.Node;

namespace Netcd.Server.Hosting;

/// <summary>The addresses that a listen URL means.</summary>
internal static class ListenAddress
{
    /// <summary>Resolves the URL's host: an address, <c>localhost</c> (IPv4), or empty for all.</summary>
    /// <exception cref="NodeStartException">The host is unknown.</exception>
    public static IPEndPoint Resolve(Uri url)
    {
        string host = url.DnsSafeHost;
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return new IPEndPoint(address, url.Port);
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new IPEndPoint(IPAddress.Loopback, url.Port);
        }

        try
        {
            IPAddress found = Dns.GetHostAddresses(host).OrderBy(candidate => candidate.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First();
            return new IPEndPoint(found, url.Port);
        }
        catch (Exception failure) when (failure is SocketException or InvalidOperationException)
        {
            throw new NodeStartException(
                string.Create(CultureInfo.InvariantCulture, $"cannot resolve listen URL {url.OriginalString}: {failure.Message}"), failure);
        }
    }
}
