namespace Netcd.Server.Peers;

/// <summary>What went to and came from a peer, counted since the start.</summary>
internal sealed class PeerMetrics
{
    private long sentBytes;
    private long receivedBytes;
    private long sendFailures;
    private long receiveFailures;

    public long SentBytes => Interlocked.Read(ref sentBytes);

    public long ReceivedBytes => Interlocked.Read(ref receivedBytes);

    public long SendFailures => Interlocked.Read(ref sendFailures);

    public long ReceiveFailures => Interlocked.Read(ref receiveFailures);

    public void Sent(long bytes) => Interlocked.Add(ref sentBytes, bytes);

    public void Received(long bytes) => Interlocked.Add(ref receivedBytes, bytes);

    public void SendFailed() => Interlocked.Increment(ref sendFailures);

    public void ReceiveFailed() => Interlocked.Increment(ref receiveFailures);
}

/// <summary>One peer as the transport sees it, for metrics and for checks of reconfigurations.</summary>
/// <param name="Id">The peer.</param>
/// <param name="ActiveFor">For how long it has been reached, or null.</param>
/// <param name="SentBytes">Bytes of messages sent.</param>
/// <param name="ReceivedBytes">Bytes of messages received on streams.</param>
/// <param name="SendFailures">Messages dropped and writes that failed.</param>
/// <param name="ReceiveFailures">Streams given up because of what came in.</param>
/// <param name="RoundTrip">The smoothed time of a probe; zero before the first.</param>
/// <param name="ClockDifference">This member's clock ahead of the peer's, as far as probes can measure it.</param>
public sealed record PeerStatus(
    ulong Id,
    TimeSpan? ActiveFor,
    long SentBytes,
    long ReceivedBytes,
    long SendFailures,
    long ReceiveFailures,
    TimeSpan RoundTrip,
    TimeSpan ClockDifference);
