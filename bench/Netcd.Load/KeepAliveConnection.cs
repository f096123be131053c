using System.Diagnostics;
using System.Net.Sockets;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>One connection with one keep-alive stream, on which a number of leases wait for their renewal at any time.</summary>
internal sealed class KeepAliveConnection : Http2Connection
{
    private readonly byte[][] requests;
    private readonly LatencyHistogram latencies;
    private readonly Queue<long> sent = new();
    private readonly Lock gate = new();
    private long renewed;
    private long lost;
    private int next;
    private volatile bool isOver;

    private KeepAliveConnection(Socket socket, IEnumerable<long> leases, LatencyHistogram latencies)
        : base(socket)
    {
        requests = [.. leases.Select(id => Frames.Of(new LeaseKeepAliveRequest { ID = id }))];
        this.latencies = latencies;
    }

    public long Renewed => Volatile.Read(ref renewed);

    /// <summary>Answers that said that there is no such lease.</summary>
    public long Lost => Volatile.Read(ref lost);

    public static async Task<KeepAliveConnection> OpenAsync(
        Uri endpoint, IEnumerable<long> leases, int inFlight, LatencyHistogram latencies)
    {
        KeepAliveConnection connection = new(await ConnectAsync(endpoint), leases, latencies);
        await connection.StartAsync();
        connection.sent.Enqueue(Stopwatch.GetTimestamp());
        await connection.OpenStreamAsync(1, endpoint, "/etcdserverpb.Lease/LeaseKeepAlive", connection.requests[0]);
        for (int i = 1; i < inFlight; i++)
        {
            connection.SendNext();
        }

        return connection;
    }

    public void Stop() => isOver = true;

    // A stream's answers come in the order of its requests.
    protected override void TakeMessage(int stream, ReadOnlySpan<byte> message)
    {
        long now = Stopwatch.GetTimestamp();
        LeaseKeepAliveResponse answer = LeaseKeepAliveResponse.Parser.ParseFrom(message);
        long sent;
        lock (gate)
        {
            sent = this.sent.Dequeue();
        }

        if (isOver)
        {
            return;
        }

        latencies.Record((long)((now - sent) * (1e9 / Stopwatch.Frequency)));
        Interlocked.Increment(ref answer.TTL > 0 ? ref renewed : ref lost);
        SendNext();
    }

    private void SendNext()
    {
        lock (gate)
        {
            next = (next + 1) % requests.Length;
            sent.Enqueue(Stopwatch.GetTimestamp());
            SendMessage(1, requests[next]);
        }
    }
}
