using Netcd.Engine.Membership;

namespace Netcd.Server.Peers;

/// <summary>What went wrong with a peer, in etcd's words; made into text only where it is written.</summary>
/// <param name="Action">What was tried.</param>
/// <param name="Peer">The peer.</param>
/// <param name="Source">On which connection.</param>
/// <param name="Reason">Why it failed.</param>
internal readonly record struct PeerFailure(string Action, HexId Peer, string Source, string Reason)
{
    public override string ToString() => $"failed to {Action} {Peer} on {Source} ({Reason})";
}
