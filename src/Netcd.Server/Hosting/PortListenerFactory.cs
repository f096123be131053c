using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;

namespace Netcd.Server.Hosting;

/// <summary>Binds each port once and deals its connections out to the faces that Kestrel sees.</summary>
internal sealed class PortListenerFactory(ILoggerFactory logging, PortSharing? sharing = null)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ILogger log = logging.CreateLogger("netcd");
    private readonly ILogger socketLog = logging.CreateLogger<SocketListener>();
    private readonly Dictionary<ListenPort, SharedPort> ports = [];
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is ProtocolEndPoint;

    /// <inheritdoc/>
    /// <exception cref="NodeStartException">The port cannot be opened; the message is Go's.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ProtocolEndPoint face = (ProtocolEndPoint)endpoint;
        lock (gate)
        {
            if (!ports.TryGetValue(face.Port, out SharedPort? port))
            {
                port = Open(face.Port);
                ports.Add(face.Port, port);
            }

            return ValueTask.FromResult(port.Face(face));
        }
    }

    private SharedPort Open(ListenPort port)
    {
        try
        {
            return SharedPort.Open(port, SocketListener.Open(port.Address, sharing?.IsOn == true, socketLog), TimeProvider.System, log);
        }
        catch (SocketException failure)
        {
            string network = port.Address is IPEndPoint ? "tcp" : "unix";
            throw new NodeStartException($"listen {network} {port.Address}: {Describe(failure, port.Address)}", failure);
        }
    }

    private static string Describe(SocketException failure, EndPoint address) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "bind: address already in use",
        SocketError.AddressNotAvailable when address is UnixDomainSocketEndPoint => "bind: no such file or directory",
        SocketError.AddressNotAvailable => "bind: cannot assign requested address",
        SocketError.AccessDenied => "bind: permission denied",
        SocketError.InvalidArgument => "bind: invalid argument",
        SocketError.AddressFamilyNotSupported => "socket: address family not supported by protocol",
        _ => failure.Message,
    };
}
