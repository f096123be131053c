namespace Netcd.Storage.Wal;

/// <summary>An entry of the raft log as the write-ahead log holds it.</summary>
/// <param name="Type">raftpb.EntryType: 0 normal, 1 configuration change, 2 configuration change V2.</param>
/// <param name="Term">The term it was proposed in.</param>
/// <param name="Index">Its position in the raft log; from 1.</param>
/// <param name="Data">What it carries; empty for the entry by which a leader begins its term.</param>
public readonly record struct WalEntry(int Type, ulong Term, ulong Index, ReadOnlyMemory<byte> Data);
