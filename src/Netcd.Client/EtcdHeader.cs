namespace Netcd.Client;

/// <summary>Stands on every answer: who gave it, and at which revision of the store.</summary>
/// <param name="ClusterId">The cluster's id.</param>
/// <param name="MemberId">The id of the member that answered.</param>
/// <param name="Revision">The revision of the store when the answer was given; 0 where a call has none.</param>
/// <param name="RaftTerm">The member's raft term.</param>
public readonly record struct EtcdHeader(ulong ClusterId, ulong MemberId, long Revision, ulong RaftTerm);
