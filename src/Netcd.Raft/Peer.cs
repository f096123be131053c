namespace Netcd.Raft;

/// <summary>A member of a new cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Context">The application's bytes, carried in the configuration change that adds the member.</param>
public readonly record struct Peer(ulong Id, ReadOnlyMemory<byte> Context = default);
