using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Netcd.Client.Connecting;

/// <summary>Connections to a member, over TCP or a Unix socket.</summary>
internal static class Transport
{
    public static SocketsHttpHandler HandlerFor(EndpointAddress address, EtcdClientOptions options)
    {
        SocketsHttpHandler handler = new()
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.DialTimeout,
            KeepAlivePingDelay = options.KeepAliveTime,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            // Servers do not allow pings without a call under way (PermitWithoutStream).
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // HTTP/2 without TLS does not pass through a proxy.
            UseProxy = address.IsTls && address.SocketFile is null,
        };
        // Without a way of our own to connect, Grpc.Net.Client would make and watch a second connection beside the one that is used, and
        // hide whether a call that failed had one.
        handler.ConnectCallback = address.SocketFile is { } path
            ? (_, cancel) => ConnectAsync(UnixSocket(), new UnixDomainSocketEndPoint(path), cancel)
            : static (context, cancel) => ConnectAsync(TcpSocket(), context.DnsEndPoint, cancel);
        if (address.IsTls)
        {
            handler.SslOptions = new SslClientAuthenticationOptions();
        }

        return handler;
    }

    private static Socket TcpSocket() => new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static Socket UnixSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint server, CancellationToken cancel)
    {
        try
        {
            await socket.ConnectAsync(server, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
