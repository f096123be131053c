using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Netcd.Engine.Node;

namespace Netcd.Server.Hosting;

/// <summary>Binds each port once and deals its connections out to the faces that Kestrel sees.</summary>
internal sealed class PortListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory logging)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory sockets = new(options, logging);
    private readonly ILogger log = logging.CreateLogger("netcd");
    private readonly Dictionary<ListenPort, Task<SharedPort>> ports = [];
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is PortFace;

    /// <inheritdoc/>
    /// <exception cref="NodeStartException">The port cannot be opened; the message is Go's.</exception>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        PortFace face = (PortFace)endpoint;
        Task<SharedPort>? port;
        lock (gate)
        {
            if (!ports.TryGetValue(face.Port, out port))
            {
                port = OpenAsync(face.Port, cancellationToken);
                ports.Add(face.Port, port);
            }
        }

        return (await port.ConfigureAwait(false)).Face(face);
    }

    private async Task<SharedPort> OpenAsync(ListenPort port, CancellationToken cancellation)
    {
        try
        {
            IConnectionListener listener = await sockets.BindAsync(port.Address, cancellation).ConfigureAwait(false);
            return SharedPort.Open(port, listener, TimeProvider.System, log);
        }
        catch (Exception failure) when ((failure.InnerException ?? failure) is SocketException socket)
        {
            throw new NodeStartException($"listen tcp {port.Address}: {Describe(socket)}", failure);
        }
    }

    private static string Describe(SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "bind: address already in use",
        SocketError.AddressNotAvailable => "bind: cannot assign requested address",
        SocketError.AccessDenied => "bind: permission denied",
        SocketError.InvalidArgument => "bind: invalid argument",
        SocketError.AddressFamilyNotSupported => "socket: address family not supported by protocol",
        _ => failure.Message,
    };
}
