namespace Netcd.Raft;

/// <summary>One step of a configuration change.</summary>
/// <param name="Type">What to do.</param>
/// <param name="NodeId">To whom; 0 makes the step void.</param>
public readonly record struct ConfChangeSingle(ConfChangeType Type, ulong NodeId);
