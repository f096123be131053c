using Netcd.Engine.Membership;

namespace Netcd.Server.Peers.Serving;

/// <summary>What the peer port serves besides messages. A call that is not given is answered with 404, as an etcd without it
/// does.</summary>
public sealed record PeerServerOptions
{
    /// <summary>
    /// Gives a learner a vote (<c>POST /members/promote/&lt;id&gt;</c>): id and the caller's auth token, if any. Answers with the
    /// members as they are then; throws <see cref="Netcd.Protocol.Errors.EtcdException"/>.
    /// </summary>
    public Func<ulong, string?, CancellationToken, ValueTask<IReadOnlyList<Member>>>? PromoteAsync { get; init; }

    /// <summary>
    /// Hashes the keys at a revision (<c>GET /members/hashkv</c>); 0 is the latest. Throws
    /// <see cref="Netcd.Protocol.Errors.EtcdException"/>.
    /// </summary>
    public Func<long, CancellationToken, ValueTask<PeerHash>>? HashKvAsync { get; init; }

    /// <summary>
    /// Whether a downgrade is under way, after a confirmed read (<c>GET /downgrade/enabled</c>). Throws
    /// <see cref="Netcd.Protocol.Errors.EtcdException"/>.
    /// </summary>
    public Func<CancellationToken, ValueTask<bool>>? IsDowngradeEnabledAsync { get; init; }

    /// <summary>
    /// Renews a lease (<c>POST /leases</c>): an encoded <c>LeaseKeepAliveRequest</c> to its encoded response. Throws
    /// <see cref="Netcd.Protocol.Errors.EtcdException"/>, and <see cref="FormatException"/> when the bytes are no request.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<byte[]>>? RenewLeaseAsync { get; init; }

    /// <summary>
    /// Tells of a lease (<c>POST /leases/internal</c>): an encoded <c>LeaseInternalRequest</c> to its encoded response. Throws as
    /// <see cref="RenewLeaseAsync"/>.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<byte[]>>? InspectLeaseAsync { get; init; }
}
