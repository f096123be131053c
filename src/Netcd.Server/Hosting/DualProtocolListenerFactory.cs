using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Netcd.Server.Hosting;

/// <summary>Binds each cleartext port once and deals its connections out to the two endpoints that Kestrel sees.</summary>
internal sealed class DualProtocolListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory logging)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory sockets = new(options, logging);
    private readonly Dictionary<EndPoint, SharedPort> ports = [];
    private readonly SemaphoreSlim gate = new(1, 1);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is ProtocolEndPoint;

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ProtocolEndPoint face = (ProtocolEndPoint)endpoint;
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ports.TryGetValue(face.Address, out SharedPort? port))
            {
                port = new SharedPort(await sockets.BindAsync(face.Address, cancellationToken).ConfigureAwait(false));
                ports.Add(face.Address, port);
            }

            return port.Face(face);
        }
        finally
        {
            gate.Release();
        }
    }
}
