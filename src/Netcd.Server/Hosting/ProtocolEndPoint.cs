using System.Net;

namespace Netcd.Server.Hosting;

/// <summary>What a connection to a port may speak.</summary>
internal enum PortProtocol
{
    /// <summary>HTTP/1.1 without TLS.</summary>
    Http1,

    /// <summary>HTTP/2 without TLS, by prior knowledge.</summary>
    Http2,

    /// <summary>TLS; ALPN decides what comes inside.</summary>
    Tls,
}

/// <summary>
/// One of the faces of a port. Kestrel serves either HTTP/1.1, or HTTP/2, or TLS on an endpoint, so a port is announced to it once
/// for each, and every connection is handed to the face whose protocol it speaks.
/// </summary>
internal sealed class ProtocolEndPoint(ListenPort port, PortProtocol protocol) : EndPoint
{
    /// <summary>The port that is bound.</summary>
    public ListenPort Port { get; } = port;

    /// <summary>What is spoken on this face.</summary>
    public PortProtocol Protocol { get; } = protocol;

    /// <inheritdoc/>
    public override string ToString() => $"{Port.Address} ({Protocol})";
}
