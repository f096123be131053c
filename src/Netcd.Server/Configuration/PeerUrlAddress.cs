using System.Net;
using System.Net.Sockets;
using Netcd.Engine.Membership;

namespace Netcd.Server.Configuration;

/// <summary>The addresses of URLs whose hosts are names: two URLs may lead to the same.</summary>
internal static class PeerUrlAddress
{
    /// <summary>The URL with the address in its name's place; as it is where the name has none.</summary>
    public static string Resolve(MemberUrl url)
    {
        try
        {
            IPAddress? found = Dns.GetHostAddresses(url.Host).OrderBy(address => address.AddressFamily).FirstOrDefault();
            return found is null
                ? url.Text
                : $"{url.Scheme}://{new IPEndPoint(found, ushort.TryParse(url.Port, out ushort port) ? port : 0)}";
        }
        catch (SocketException)
        {
            return url.Text;
        }
    }
}
