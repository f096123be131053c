using System.Globalization;
using Netcd.Engine.Starting;
using Netcd.Server.Running;

namespace Netcd.Server.Hosting;

/// <summary>
/// The connections that a process's file descriptors allow. A member that accepts until it has none left could open no segment of its log
/// any more, and reach no other member; and clients, however many they are, must leave the members their places.
/// </summary>
/// <param name="Clients">On the ports of clients, with TLS or without.</param>
/// <param name="Peers">On the ports of members.</param>
/// <param name="Metrics">On the ports for metrics and health.</param>
internal sealed record ConnectionLimits(ConnectionLimit Clients, ConnectionLimit Peers, ConnectionLimit Metrics)
{
    /// <summary>Descriptors that are left for what is opened later: files of the log, snapshots, connections that this member
    /// dials.</summary>
    private const int Reserved = 150;

    /// <summary>Places of members at the most. Each needs about a dozen, and a cluster has seldom more than seven.</summary>
    private const int MaxPeers = 1_024;

    /// <summary>Places of those who watch the member at the most, out of the members': a few programs that ask now and then.</summary>
    private const int MaxMetrics = 64;

    /// <summary>The part of all places that is the members' where there are few.</summary>
    private const int PeersShare = 4;

    /// <summary>No limits.</summary>
    public static ConnectionLimits None { get; } = new(ConnectionLimit.None, ConnectionLimit.None, ConnectionLimit.None);

    /// <summary>The limits that this process's descriptors allow, besides those that it has open.</summary>
    /// <exception cref="NodeStartException">They allow too few.</exception>
    public static ConnectionLimits OfProcess() => FileDescriptors.Limit() is { } descriptors ? Of(descriptors, FileDescriptors.Open) : None;

    /// <summary>The limits of a process that may have so many descriptors, and has so many of them open.</summary>
    /// <exception cref="NodeStartException">They allow too few.</exception>
    public static ConnectionLimits Of(int descriptors, int open)
    {
        int least = open + Reserved;
        int places = descriptors - least;
        int peers = Math.Min(MaxPeers, places / PeersShare);
        return peers > 0
            ? new ConnectionLimits(
                new ConnectionLimit(places - peers),
                new ConnectionLimit(peers - MetricsOf(peers)),
                new ConnectionLimit(Math.Max(1, MetricsOf(peers))))
            : throw new NodeStartException(string.Create(
                CultureInfo.InvariantCulture,
                $"file descriptor limit of netcd process is too low; please set higher; limit {descriptors}, recommended-limit "
                    + $"{least + PeersShare}"));
    }

    private static int MetricsOf(int peers) => Math.Min(MaxMetrics, peers / PeersShare);
}
