namespace Netcd.Engine.Upkeep;

/// <summary>The sum over a member's history, by which members find out whether they hold the same.</summary>
/// <param name="MemberId">The member.</param>
/// <param name="StoreRevision">The revision of its store.</param>
/// <param name="CompactRevision">What was compacted when it was summed up: sums of different compactions cannot be compared.</param>
/// <param name="Hash">The sum.</param>
public sealed record MemberHash(ulong MemberId, long StoreRevision, long CompactRevision, uint Hash);
