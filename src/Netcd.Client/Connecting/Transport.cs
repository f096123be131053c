using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Netcd.Client.Connecting;

/// <summary>
/// Connections to a member: TCP or a Unix socket, and TLS. Without a way of our own to connect, Grpc.Net.Client would make and watch a
/// second connection beside the one that is used, and hide whether a call that failed had one; and a client's certificate would be read
/// once.
/// </summary>
internal sealed class Transport(EndpointAddress address, EtcdClientOptions options)
{
    public SocketsHttpHandler CreateHandler() => new()
    {
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = options.DialTimeout,
        KeepAlivePingDelay = options.KeepAliveTime,
        KeepAlivePingTimeout = options.KeepAliveTimeout,
        // Servers do not allow pings without a call under way (PermitWithoutStream).
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        // HTTP/2 without TLS does not pass through a proxy, and with TLS the connection must end at the member.
        UseProxy = false,
        ConnectCallback = (_, cancel) => ConnectAsync(cancel),
    };

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancel)
    {
        Socket socket = address.SocketFile is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint server = address.SocketFile is { } path
                ? new UnixDomainSocketEndPoint(path)
                : new DnsEndPoint(address.Channel.IdnHost, address.Channel.Port);
            await socket.ConnectAsync(server, cancel).ConfigureAwait(false);
            NetworkStream stream = new(socket, ownsSocket: true);
            return address.IsTls ? await SecureAsync(stream, cancel).ConfigureAwait(false) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<SslStream> SecureAsync(NetworkStream stream, CancellationToken cancel)
    {
        SslStream secure = new(stream);
        try
        {
            SslClientAuthenticationOptions settings = TlsSettings.For(options.Tls ?? new EtcdTlsOptions(), address.Channel.IdnHost);
            await secure.AuthenticateAsClientAsync(settings, cancel).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
