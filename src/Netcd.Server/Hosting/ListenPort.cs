using System.Net;

namespace Netcd.Server.Hosting;

/// <summary>A port that is to be opened. Two of them are never joined, even where their addresses are equal.</summary>
/// <param name="address">The address as it was asked for; that of all of IPv4 means all of IPv6 too.</param>
/// <param name="protocols">What may be spoken on it.</param>
/// <param name="users">Who connects, for the log: <c>client</c> or <c>peer</c>.</param>
/// <param name="limit">How many connections may be open, on this port and those that share the limit.</param>
internal sealed class ListenPort(EndPoint address, IReadOnlyList<PortProtocol> protocols, string users, ConnectionLimit limit)
{
    /// <summary>The address as it was asked for.</summary>
    public EndPoint Address { get; } = address;

    /// <summary>What may be spoken on it.</summary>
    public IReadOnlyList<PortProtocol> Protocols { get; } = protocols;

    /// <summary>Who connects, for the log.</summary>
    public string Users { get; } = users;

    /// <summary>How many connections may be open.</summary>
    public ConnectionLimit Limit { get; } = limit;

    /// <summary>Whether TLS alone is spoken: then a connection must begin with a handshake, and soon.</summary>
    public bool IsSecureOnly => Protocols is [PortProtocol.Tls];
}
