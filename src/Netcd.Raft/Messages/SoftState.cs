namespace Netcd.Raft;

/// <summary>State worth knowing that needs no disk.</summary>
/// <param name="Leader">The leader known, or <see cref="NodeId.None"/>.</param>
/// <param name="Role">The node's role.</param>
public readonly record struct SoftState(ulong Leader, RaftRole Role);
