namespace Netcd.Server.Peers;

/// <summary>What the transport is started with. Defaults are etcd's.</summary>
public sealed record PeerTransportOptions
{
    /// <summary>The URLs at which the others reach this member (<c>--initial-advertise-peer-urls</c>).</summary>
    public IReadOnlyList<string> AdvertisePeerUrls { get; init; } = [];

    /// <summary>Where the operator says that members are, this one among them: they are asked too who is a member
    /// (<c>--initial-cluster</c>).</summary>
    public IReadOnlyList<string> InitialPeerUrls { get; init; } = [];

    /// <summary>Silence on a stream after which it is given up (<c>--raft-read-timeout</c>). A third of it lies between
    /// heartbeats.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a write may take until the stream is given up (<c>--raft-write-timeout</c>).</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long connecting may take: a second and the election timeout.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Least time between two attempts to open the same stream.</summary>
    public TimeSpan DialInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes the handler that connects, with certificates where peers speak TLS. It is given what sets timeouts and
    /// limits.</summary>
    public Func<Action<SocketsHttpHandler>, HttpMessageHandler> CreateHandler { get; init; } = static configure =>
    {
        SocketsHttpHandler handler = new();
        configure(handler);
        return handler;
    };

    /// <summary>Between two probes of a peer: shorter than the read timeout, so that the connection stays open.</summary>
    internal TimeSpan ProbeInterval => ReadTimeout * 0.8;

    /// <summary>Idle time of a stream after which a heartbeat goes out.</summary>
    internal TimeSpan HeartbeatInterval => ReadTimeout / 3;

    /// <summary>Between two looks at what is overdue.</summary>
    internal TimeSpan TickInterval => ReadTimeout / 20;
}
