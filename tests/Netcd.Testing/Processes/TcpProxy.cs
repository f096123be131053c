using System.Net;
using System.Net.Sockets;

namespace Netcd.Testing.Processes;

/// <summary>
/// Stands before a port of loopback. It breaks connections off (<see cref="Reset"/>), refuses or swallows new ones, and holds back what
/// goes through while they stay open, as a network does that loses every packet (<see cref="Freeze"/>).
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly HashSet<Connection> open = [];
    private readonly Task accepting;
    private TaskCompletionSource thawed = Done();
    private bool isCut;

    /// <summary>A proxy that lets everything through.</summary>
    /// <param name="target">The port behind it.</param>
    public TcpProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many connections it has taken.</summary>
    public int Accepted { get; private set; }

    /// <summary>Breaks off what is open; new connections work.</summary>
    public void Reset()
    {
        Connection[] all;
        lock (gate)
        {
            all = [.. open];
        }

        foreach (Connection connection in all)
        {
            connection.Reset();
        }
    }

    /// <summary>Breaks off what is open, and what comes, until <see cref="Heal"/>.</summary>
    public void Cut()
    {
        lock (gate)
        {
            isCut = true;
        }

        Reset();
    }

    /// <summary>Keeps connections open, and takes new ones, but lets nothing through until <see cref="Heal"/>.</summary>
    public void Freeze()
    {
        lock (gate)
        {
            thawed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Everything goes through again, also what was held back.</summary>
    public void Heal()
    {
        lock (gate)
        {
            isCut = false;
            thawed.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        Reset();
        await accepting;
        stop.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        TaskCompletionSource done = new();
        done.SetResult();
        return done;
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptSocketAsync(stop.Token));
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket incoming)
    {
        using Connection connection = new(incoming);
        lock (gate)
        {
            Accepted++;
            open.Add(connection);
            if (isCut)
            {
                connection.Reset();
            }
        }

        try
        {
            await connection.RunAsync(target, PassAsync, stop.Token);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two has gone, or the connection was cut.
        }
        finally
        {
            lock (gate)
            {
                open.Remove(connection);
            }
        }
    }

    /// <summary>Returns when something may go through.</summary>
    private Task PassAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            return thawed.Task.WaitAsync(cancellation);
        }
    }

    private sealed class Connection(Socket incoming) : IDisposable
    {
        private readonly Socket outgoing = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public async Task RunAsync(int target, Func<CancellationToken, Task> passAsync, CancellationToken cancellation)
        {
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            incoming.NoDelay = true;
            await outgoing.ConnectAsync(IPAddress.Loopback, target, over.Token);
            await Task.WhenAny(
                CopyAsync(incoming, outgoing, passAsync, over.Token), CopyAsync(outgoing, incoming, passAsync, over.Token));
            await over.CancelAsync();
        }

        public void Reset()
        {
            try
            {
                incoming.LingerState = new LingerOption(true, 0);
                incoming.Dispose();
                outgoing.Dispose();
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                // It has closed by itself meanwhile.
            }
        }

        public void Dispose()
        {
            incoming.Dispose();
            outgoing.Dispose();
        }

        private static async Task CopyAsync(
            Socket from, Socket to, Func<CancellationToken, Task> passAsync, CancellationToken cancellation)
        {
            byte[] buffer = new byte[BufferBytes];
            try
            {
                while (await from.ReceiveAsync(buffer, SocketFlags.None, cancellation) is > 0 and int read)
                {
                    await passAsync(cancellation);
                    await to.SendAsync(buffer.AsMemory(0, read), SocketFlags.None, cancellation);
                }
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The other direction ends with this one.
            }
        }
    }
}
