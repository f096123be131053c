namespace Netcd.Raft;

/// <summary>Where a node stands. Costs no allocation.</summary>
/// <param name="Id">The node.</param>
/// <param name="HardState">Term, vote and commit index.</param>
/// <param name="SoftState">Role and leader.</param>
/// <param name="Applied">The last index known to be applied.</param>
/// <param name="LeadTransferee">To whom leadership is being transferred, or <see cref="NodeId.None"/>.</param>
public readonly record struct BasicStatus(ulong Id, HardState HardState, SoftState SoftState, ulong Applied, ulong LeadTransferee);
