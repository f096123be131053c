using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Planted;

/// <summary>
/// A bug that is planted into the source of the engine to see the checkers speak: a checker that nobody has seen fail proves
/// nothing.
/// </summary>
/// <param name="Name">What the bug does.</param>
/// <param name="File">The source file, from the repository on.</param>
/// <param name="Original">What stands there, exactly once.</param>
/// <param name="Replacement">What takes its place.</param>
/// <param name="MaxSeeds">Within how many seeds, from 1 on, it has to be caught.</param>
internal sealed record PlantedBug(string Name, string File, string Original, string Replacement, int MaxSeeds)
{
    /// <summary>Members to begin with; null lets each seed choose.</summary>
    public int? Members { get; init; }

    /// <summary>What the runs are bent on that bring it out.</summary>
    public RunFocus Focus { get; init; }

    /// <summary>The kinds of faults that bring it out; null lets each seed choose.</summary>
    public IReadOnlyList<FaultKind>? Faults { get; init; }

    /// <summary>Owners of leases beside the clients.</summary>
    public int LeaseOwners { get; init; }

    /// <summary>Clients that take locks and run for elections, beside the others.</summary>
    public int Lockers { get; init; }

    /// <summary>Users whose rights change, beside the others.</summary>
    public int Users { get; init; }

    /// <summary>Those who raise and lift alarms, beside the others.</summary>
    public int Alarms { get; init; }

    /// <summary>The project that the file belongs to: the only one that is compiled anew.</summary>
    public string Project => File.Split('/')[1];

    /// <summary>The file's text with the bug in it.</summary>
    /// <exception cref="InvalidOperationException">The original is not there, or more than once.</exception>
    public string ApplyTo(string text)
    {
        int first = text.IndexOf(Original, StringComparison.Ordinal);
        if (first < 0 || text.IndexOf(Original, first + 1, StringComparison.Ordinal) >= 0)
        {
            throw new InvalidOperationException($"{Name}: {File} does not hold this exactly once: {Original}");
        }

        return string.Concat(text.AsSpan(0, first), Replacement, text.AsSpan(first + Original.Length));
    }
}
