namespace Netcd.Raft;

/// <summary>Where a node and, on the leader, its followers stand.</summary>
/// <param name="Basic">The node itself.</param>
/// <param name="Configuration">The active configuration.</param>
/// <param name="Progress">Every member in the order of ids; empty unless the node leads.</param>
public sealed record Status(BasicStatus Basic, ConfState Configuration, IReadOnlyDictionary<ulong, ProgressStatus> Progress);
