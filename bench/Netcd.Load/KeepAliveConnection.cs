using System.Diagnostics;
using System.Net.Sockets;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>One connection with one keep-alive stream, on which a number of leases wait for their renewal at any time.</summary>
internal sealed class KeepAliveConnection : Http2Connection
{
    private readonly byte[][] _requests;
    private readonly LatencyHistogram _latencies;
    private readonly Queue<long> _sent = new();
    private readonly Lock _gate = new();
    private long _renewed;
    private long _lost;
    private int _next;
    private volatile bool _isOver;

    private KeepAliveConnection(Socket socket, IEnumerable<long> leases, LatencyHistogram latencies)
        : base(socket)
    {
        _requests = [.. leases.Select(id => Frames.Of(new LeaseKeepAliveRequest { ID = id }))];
        _latencies = latencies;
    }

    public long Renewed => Volatile.Read(ref _renewed);

    /// <summary>Answers that said that there is no such lease.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public static async Task<KeepAliveConnection> OpenAsync(Uri endpoint, IEnumerable<long> leases, int inFlight, LatencyHistogram latencies)
    {
        var connection = new KeepAliveConnection(await ConnectAsync(endpoint), leases, latencies);
        await connection.StartAsync();
        connection._sent.Enqueue(Stopwatch.GetTimestamp());
        await connection.OpenStreamAsync(1, endpoint, "/etcdserverpb.Lease/LeaseKeepAlive", connection._requests[0]);
        for (int i = 1; i < inFlight; i++) connection.SendNext();
        return connection;
    }

    public void Stop() => _isOver = true;

    // A stream's answers come in the order of its requests.
    protected override void TakeMessage(int stream, ReadOnlySpan<byte> message)
    {
        long now = Stopwatch.GetTimestamp();
        LeaseKeepAliveResponse answer = LeaseKeepAliveResponse.Parser.ParseFrom(message);
        long sent;
        lock (_gate) sent = _sent.Dequeue();
        if (_isOver) return;
        _latencies.Record((long)((now - sent) * (1e9 / Stopwatch.Frequency)));
        Interlocked.Increment(ref answer.TTL > 0 ? ref _renewed : ref _lost);
        SendNext();
    }

    private void SendNext()
    {
        lock (_gate)
        {
            _next = (_next + 1) % _requests.Length;
            _sent.Enqueue(Stopwatch.GetTimestamp());
            SendMessage(1, _requests[_next]);
        }
    }
}
