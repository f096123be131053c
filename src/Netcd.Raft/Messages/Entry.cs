namespace Netcd.Raft;

/// <summary>One position of the replicated log.</summary>
/// <param name="Type">What <paramref name="Data"/> holds.</param>
/// <param name="Term">The term of the leader that appended the entry.</param>
/// <param name="Index">The position in the log, from 1.</param>
/// <param name="Data">The payload. Never changed after the entry was handed to raft.</param>
public readonly record struct Entry(EntryType Type, ulong Term, ulong Index, ReadOnlyMemory<byte> Data);
