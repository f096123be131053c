using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Netcd.Interop.Clusters;

/// <summary>
/// Stands before a member's peer port and cuts connections: all of them, or those of single members, which it knows by the
/// header that every request between members carries. What is cut is reset; new connections are taken and left without an
/// answer, as by a network that drops packets.
/// </summary>
internal sealed class PeerProxy : IAsyncDisposable
{
    private const string SenderHeader = "X-Server-From:";

    /// <summary>Three for each connection, and the pool keeps what connections leave behind: with 64 KiB they were nine tenths of the heap
    /// that the soak of the client watches.</summary>
    private const int BufferBytes = 16 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly HashSet<string> cut = [];
    private readonly Dictionary<Connection, string> open = [];
    private readonly Task accepting;
    private bool isIsolated;

    public PeerProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where other members reach the member behind.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Nothing comes in any more.</summary>
    public void CutAll()
    {
        lock (gate)
        {
            isIsolated = true;
        }

        Reset(static _ => true);
    }

    /// <summary>Nothing of that member (hexadecimal id) comes in any more.</summary>
    public void Cut(string memberId)
    {
        lock (gate)
        {
            cut.Add(memberId);
        }

        Reset(sender => sender == memberId);
    }

    /// <summary>Everything comes in again.</summary>
    public void Heal()
    {
        lock (gate)
        {
            isIsolated = false;
            cut.Clear();
        }

        // Those that were left without an answer shall try anew.
        Reset(static _ => true);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        Reset(static _ => true);
        await accepting;
        stop.Dispose();
    }

    private void Reset(Func<string, bool> isMeant)
    {
        Connection[] meant;
        lock (gate)
        {
            meant = [.. open.Where(pair => isMeant(pair.Value)).Select(pair => pair.Key)];
        }

        foreach (Connection connection in meant)
        {
            connection.Reset();
        }
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
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        lock (gate)
        {
            open[connection] = "";
        }

        try
        {
            (int length, string sender) = await ReadHeadAsync(incoming, buffer, stop.Token);
            bool isCut;
            lock (gate)
            {
                open[connection] = sender;
                isCut = isIsolated || cut.Contains(sender);
            }

            if (isCut)
            {
                await Task.Delay(Timeout.Infinite, connection.Closed);
            }

            await connection.RunAsync(target, buffer.AsMemory(0, length), stop.Token);
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two has gone, or the connection was cut.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            lock (gate)
            {
                open.Remove(connection);
            }
        }
    }

    /// <summary>Reads the first request's head, or as much as comes of what is none.</summary>
    private static async Task<(int Length, string Sender)> ReadHeadAsync(Socket socket, byte[] buffer, CancellationToken cancellation)
    {
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, cancellation);
            length += read;
            string text = Encoding.Latin1.GetString(buffer, 0, length);
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                int at = text.IndexOf(SenderHeader, 0, end, StringComparison.OrdinalIgnoreCase);
                return (length, at < 0 ? "" : text[(at + SenderHeader.Length)..].Split('\r', 2)[0].Trim());
            }

            if (read == 0)
            {
                break;
            }
        }

        return (length, "");
    }

    private sealed class Connection(Socket incoming) : IDisposable
    {
        private readonly Socket outgoing = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly CancellationTokenSource closed = new();

        public CancellationToken Closed => closed.Token;

        public async Task RunAsync(int target, ReadOnlyMemory<byte> first, CancellationToken cancellation)
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, closed.Token);
            incoming.NoDelay = true;
            await outgoing.ConnectAsync(IPAddress.Loopback, target, either.Token);
            await outgoing.SendAsync(first, SocketFlags.None, either.Token);
            await Task.WhenAny(CopyAsync(incoming, outgoing, either.Token), CopyAsync(outgoing, incoming, either.Token));
            await either.CancelAsync();
        }

        public void Reset()
        {
            try
            {
                closed.Cancel();
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
            closed.Dispose();
        }

        private static async Task CopyAsync(Socket from, Socket to, CancellationToken cancellation)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                while (await from.ReceiveAsync(buffer, SocketFlags.None, cancellation) is > 0 and int read)
                {
                    await to.SendAsync(buffer.AsMemory(0, read), SocketFlags.None, cancellation);
                }
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The other direction ends with this one.
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
