namespace Netcd.Raft;

/// <summary>What a node starts from.</summary>
/// <param name="HardState">The last hard state written.</param>
/// <param name="ConfState">The configuration at the last applied index.</param>
public sealed record InitialState(HardState HardState, ConfState ConfState);
