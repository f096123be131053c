namespace Netcd.Simulation.Planted;

/// <summary>What came of a planted bug.</summary>
/// <param name="Bug">The bug.</param>
/// <param name="Seeds">Seeds that were run.</param>
/// <param name="Checker">The checker that spoke; null where none did.</param>
/// <param name="Message">What it said, or why nothing was said.</param>
internal sealed record PlantedOutcome(PlantedBug Bug, ulong Seeds, string? Checker, string Message)
{
    /// <summary>Whether the simulation has found it.</summary>
    public bool IsCaught => Checker is not null;
}
