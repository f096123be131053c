using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Hosting;

/// <summary>
/// Listens on an address. Kestrel's own listener takes every failure for a connection that has gone meanwhile, and accepts again at once: a
/// process without a free descriptor would do nothing else. This one says what failed, for <see cref="SharedPort"/> to wait.
/// </summary>
internal sealed class SocketListener : IConnectionListener
{
    private readonly Socket socket;
    private readonly SocketConnectionContextFactory connections;
    private int isUnbound;

    private SocketListener(Socket socket, ILogger log)
    {
        this.socket = socket;
        EndPoint = socket.LocalEndPoint!;
        connections = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), log);
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="sharesPort">Whether others may listen there too.</param>
    /// <param name="log">The connections' log.</param>
    /// <exception cref="SocketException">It is not possible.</exception>
    public static SocketListener Open(EndPoint address, bool sharesPort, ILogger log)
    {
        Socket socket = ListenSocket.Bind(address, sharesPort);
        try
        {
            socket.Listen(ListenSocket.Backlog);
            return new SocketListener(socket, log);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (accepted.AddressFamily != AddressFamily.Unix)
                {
                    accepted.NoDelay = true;
                }

                return connections.Create(accepted);
            }
            catch (SocketException gone) when (gone.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // It was given up while it waited to be accepted.
            }
            catch (Exception closed) when (Volatile.Read(ref isUnbound) != 0 && closed is SocketException or ObjectDisposedException)
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref isUnbound, 1);
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        connections.Dispose();
    }
}
