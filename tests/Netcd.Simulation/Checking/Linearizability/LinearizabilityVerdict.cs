namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>What the checker says of a history.</summary>
/// <param name="IsLinearizable">Whether an order of all operations explains every answer.</param>
/// <param name="Fault">Why there is none, or that time was up before one was found: both fail a run.</param>
/// <param name="Tried">Writes that the search has tried.</param>
internal sealed record LinearizabilityVerdict(bool IsLinearizable, string? Fault, long Tried);
