using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Netcd.Interop.Hardening;

/// <summary>
/// Stands where a member should be: whoever dials its stream of entries first is sent bytes that no member sends, and all others wait. It
/// answers nothing else.
/// </summary>
internal sealed class LyingPeer : IAsyncDisposable
{
    private const string EntriesPath = "GET /raft/stream/msgapp/";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly string clusterId;
    private readonly byte[] lie;
    private readonly Task accepting;
    private int dialled;

    public LyingPeer(string clusterId, byte[] lie)
    {
        this.clusterId = clusterId;
        this.lie = lie;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where it is.</summary>
    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>How often its stream of entries was dialled.</summary>
    public int Dialled => Volatile.Read(ref dialled);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        listener.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using NetworkStream stream = new(socket, ownsSocket: true);
        try
        {
            byte[] head = new byte[4 << 10];
            int read = await stream.ReadAsync(head, stop.Token);
            if (!Encoding.ASCII.GetString(head, 0, read).StartsWith(EntriesPath, StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.Infinite, stop.Token);
            }

            bool isFirst = Interlocked.Increment(ref dialled) == 1;
            string answer =
                $"HTTP/1.1 200 OK\r\nX-Server-Version: 3.5.30\r\nX-Etcd-Cluster-ID: {clusterId}\r\nTransfer-Encoding: chunked\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), stop.Token);
            if (isFirst)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{lie.Length:x}\r\n"), stop.Token);
                await stream.WriteAsync(lie, stop.Token);
            }

            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // The test is over, or the other side has had enough.
        }
    }
}
