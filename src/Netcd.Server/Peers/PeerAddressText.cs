using System.Net;
using System.Net.Sockets;

namespace Netcd.Server.Peers;

/// <summary>Peer URLs by the address that they lead to: a host may be named in one place and written as an address in another.</summary>
internal static class PeerAddressText
{
    /// <summary>The URL with its host resolved; as it is where that fails.</summary>
    public static string Resolve(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is "unix" or "unixs"
            || IPAddress.TryParse(url.DnsSafeHost, out _))
        {
            return text;
        }

        try
        {
            IPAddress? found = Dns.GetHostAddresses(url.DnsSafeHost).OrderBy(address => address.AddressFamily).FirstOrDefault();
            return found is null ? text : $"{url.Scheme}://{new IPEndPoint(found, url.Port)}";
        }
        catch (SocketException)
        {
            return text;
        }
    }
}
