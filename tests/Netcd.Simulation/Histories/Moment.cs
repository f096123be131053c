namespace Netcd.Simulation.Histories;

/// <summary>When something happened.</summary>
/// <param name="Step">Its place among all invocations and returns of a history; no two share one.</param>
/// <param name="Microseconds">The virtual time.</param>
internal readonly record struct Moment(long Step, long Microseconds);
