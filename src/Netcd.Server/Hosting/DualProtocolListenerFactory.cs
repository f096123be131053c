using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Netcd.Server.Hosting;

/// <summary>Binds each cleartext port once and deals its connections out to the two endpoints that Kestrel sees.</summary>
internal sealed class DualProtocolListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory logging)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory sockets = new(options, logging);
    private readonly Dictionary<EndPoint, Task<SharedPort>> ports = [];
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is ProtocolEndPoint;

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ProtocolEndPoint face = (ProtocolEndPoint)endpoint;
        Task<SharedPort>? port;
        lock (gate)
        {
            if (!ports.TryGetValue(face.Address, out port))
            {
                port = OpenAsync(face.Address, cancellationToken);
                ports.Add(face.Address, port);
            }
        }

        return (await port.ConfigureAwait(false)).Face(face);
    }

    private async Task<SharedPort> OpenAsync(EndPoint address, CancellationToken cancellation) =>
        new(await sockets.BindAsync(address, cancellation).ConfigureAwait(false));
}
