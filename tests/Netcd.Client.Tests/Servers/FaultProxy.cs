using System.Net;
using System.Net.Sockets;

namespace Netcd.ClientTests.Servers;

/// <summary>Stands before a server's port, and does to the connections what networks do.</summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly TcpListener listener;
    private readonly int port;
    private readonly List<TcpClient> open = [];
    private int forwarded;
    private int connections;
    private volatile bool swallowsAnswers;
    private volatile bool isDisposed;

    /// <param name="port">The server's.</param>
    /// <param name="own">Its own, or 0 for any.</param>
    public FaultProxy(int port, int own = 0)
    {
        this.port = port;
        listener = new TcpListener(IPAddress.Loopback, own);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>How many bytes it has brought to the server.</summary>
    public int Forwarded => Volatile.Read(ref forwarded);

    /// <summary>How many connections have been made.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>Lets requests through, and no answer.</summary>
    public bool SwallowsAnswers
    {
        get => swallowsAnswers;
        set => swallowsAnswers = value;
    }

    /// <summary>Changes this in answers, by one bit.</summary>
    public byte[]? Damages { get; init; }

    /// <summary>Breaks all connections off; new ones can be made.</summary>
    public void Cut()
    {
        lock (open)
        {
            open.ForEach(static connection => connection.Close());
            open.Clear();
        }
    }

    public void Dispose()
    {
        isDisposed = true;
        listener.Stop();
        Cut();
    }

    private async Task AcceptAsync()
    {
        while (!isDisposed)
        {
            try
            {
                TcpClient client = await listener.AcceptTcpClientAsync();
                TcpClient server = new();
                await server.ConnectAsync(IPAddress.Loopback, port);
                Interlocked.Increment(ref connections);
                lock (open)
                {
                    open.AddRange(client, server);
                }

                _ = PumpAsync(client, server, isAnswer: false);
                _ = PumpAsync(server, client, isAnswer: true);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The server is away, or the proxy is to end.
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isAnswer)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is int read and > 0)
            {
                if (isAnswer && SwallowsAnswers)
                {
                    continue;
                }

                if (isAnswer && Damages is { } victim && buffer.AsSpan(0, read).IndexOf(victim) is int at and >= 0)
                {
                    buffer[at] ^= 1;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
                Interlocked.Add(ref forwarded, isAnswer ? 0 : read);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }

        from.Close();
        to.Close();
    }
}
