using System.Net;
using System.Net.Sockets;
using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Hosting;

/// <summary>Which addresses a listen URL means.</summary>
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:80", "127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("https://127.0.0.1:80/", "127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("http://127.0.0.1:", "127.0.0.1:0", "127.0.0.1:")]
    [InlineData("http://0.0.0.0:7", "0.0.0.0:7", "0.0.0.0:7")]
    [InlineData("http://[::]:7", "[::]:7", "[::]:7")]
    [InlineData("http://[::ffff:127.0.0.1]:7", "127.0.0.1:7", "[::ffff:127.0.0.1]:7")]
    [InlineData("http://[::ffff:0.0.0.0]:7", "0.0.0.0:7", "[::ffff:0.0.0.0]:7")]
    [InlineData("http://localhost:7", "127.0.0.1:7", "localhost:7")]
    public void A_URL_means_an_address_and_keeps_its_host_and_port_as_they_were_written(string url, string address, string authority)
    {
        Assert.Equal(IPEndPoint.Parse(address), ListenAddress.Resolve(new Uri(url)));
        Assert.Equal(authority, ListenAddress.Authority(new Uri(url)));
    }

    [Theory]
    [InlineData("0.0.0.0", true, AddressFamily.InterNetworkV6, true)]
    [InlineData("0.0.0.0", false, AddressFamily.InterNetwork, false)]
    [InlineData("127.0.0.1", true, AddressFamily.InterNetwork, false)]
    [InlineData("::", true, AddressFamily.InterNetworkV6, true)]
    [InlineData("::1", true, AddressFamily.InterNetworkV6, false)]
    public void All_of_IPv4_means_all_of_IPv6_too_where_there_is_any(string address, bool hasIPv6, AddressFamily family, bool takesBoth)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 || !hasIPv6, "this machine has no IPv6");
        using Socket bound = ListenSocket.Bind(new IPEndPoint(IPAddress.Parse(address), 0), hasIPv6);
        Assert.Equal((family, takesBoth), (bound.AddressFamily, family == AddressFamily.InterNetworkV6 && bound.DualMode));
    }
}
