namespace Netcd.Server.Peers;

/// <summary>A hash of the keys.</summary>
/// <param name="Revision">The store's revision when it was computed.</param>
/// <param name="Hash">The hash.</param>
/// <param name="CompactRevision">The revision that the store was compacted at; the hash depends on it.</param>
/// <param name="HashRevision">The revision up to which the keys were hashed.</param>
public readonly record struct PeerHash(long Revision, uint Hash, long CompactRevision, long HashRevision);
