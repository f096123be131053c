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
        if (address.SocketFile is { } path)
        {
            handler.ConnectCallback = (_, cancel) => ConnectAsync(path, cancel);
        }

        if (address.IsTls)
        {
            handler.SslOptions = new SslClientAuthenticationOptions();
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancel)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
