using Netcd.Engine.Metering;

namespace Netcd.Server.Peers;

/// <summary>What went to and came from a peer since the start.</summary>
internal sealed class PeerMetrics
{
    /// <summary>Bytes of messages and snapshots sent.</summary>
    public Counter SentBytes { get; } = new();

    /// <summary>Bytes of messages received on streams.</summary>
    public Counter ReceivedBytes { get; } = new();

    /// <summary>Messages dropped and writes that failed.</summary>
    public Counter SendFailures { get; } = new();

    /// <summary>Streams given up because of what came in.</summary>
    public Counter ReceiveFailures { get; } = new();

    /// <summary>Times that it was not reached any more.</summary>
    public Counter Disconnections { get; } = new();

    /// <summary>Times of probes' round trips, as they were measured.</summary>
    public Histogram RoundTrips { get; } = new(Buckets.Seconds(0.0001, 16));

    /// <summary>Snapshots that it has taken.</summary>
    public Counter SentSnapshots { get; } = new();

    /// <summary>Snapshots that it has not.</summary>
    public Counter LostSnapshots { get; } = new();

    /// <summary>Snapshots under way.</summary>
    public Counter SnapshotsOnTheirWay { get; } = new();

    /// <summary>How long those took that it has taken.</summary>
    public Histogram SnapshotSends { get; } = new(Buckets.Seconds(0.1, 10));
}

/// <summary>One peer as the transport sees it, for metrics and for checks of reconfigurations.</summary>
/// <param name="Id">The peer.</param>
/// <param name="ActiveFor">For how long it has been reached, or null.</param>
/// <param name="Metrics">What is counted of it.</param>
/// <param name="RoundTrip">The smoothed time of a probe; zero before the first.</param>
/// <param name="ClockDifference">This member's clock ahead of the peer's, as far as probes can measure it.</param>
internal sealed record PeerStatus(ulong Id, TimeSpan? ActiveFor, PeerMetrics Metrics, TimeSpan RoundTrip, TimeSpan ClockDifference);
