namespace Netcd.Raft;

/// <summary>What identifies an entry: two logs holding the same id hold the same entries up to there (Log Matching).</summary>
internal readonly record struct EntryId(ulong Term, ulong Index);
