using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Netcd.Server.Hosting;

/// <summary>
/// One of the two faces of a cleartext port: Kestrel serves either HTTP/1.1 or HTTP/2 on an endpoint without TLS, so the
/// port is told to it twice, and each connection is handed to the face that it speaks to.
/// </summary>
internal sealed class ProtocolEndPoint(EndPoint address, HttpProtocols protocol) : EndPoint
{
    /// <summary>The address that is bound.</summary>
    public EndPoint Address { get; } = address;

    /// <summary>What Kestrel speaks on this face.</summary>
    public HttpProtocols Protocol { get; } = protocol;

    /// <inheritdoc/>
    public override string ToString() => $"{Address} ({Protocol})";
}
