namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>What the checker says of a history.</summary>
/// <param name="IsLinearizable">Whether an order of all operations explains every answer.</param>
/// <param name="Fault">Why there is none, or that the limit was reached before one was found: both fail a run.</param>
/// <param name="Steps">Requests that the search has put to the model.</param>
internal sealed record LinearizabilityVerdict(bool IsLinearizable, string? Fault, long Steps);
