namespace Netcd.Raft;

/// <summary>A read index that was confirmed: a read asked with <paramref name="Context"/> may be served once <paramref name="Index"/> is
/// applied.</summary>
/// <param name="Index">The commit index when the read was asked.</param>
/// <param name="Context">The bytes given to <see cref="RaftNode.ReadIndex"/>.</param>
public readonly record struct ReadState(ulong Index, ReadOnlyMemory<byte> Context);
