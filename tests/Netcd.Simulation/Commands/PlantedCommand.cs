using Netcd.Simulation.Planted;

namespace Netcd.Simulation.Commands;

/// <summary>Plants one bug after the other, and tells which checker finds it after how many seeds.</summary>
internal static class PlantedCommand
{
    private const int MostOfMessage = 160;

    /// <param name="words">
    /// Parts of the names of those to plant; none for all. With <c>--shrink</c> each that is caught is made smaller too.
    /// </param>
    /// <exception cref="FormatException">No bug has such a name.</exception>
    public static int Run(IReadOnlyList<string> words)
    {
        bool shrinks = words.Contains("--shrink");
        string[] names = [.. words.Where(static word => word != "--shrink")];
        List<PlantedBug> bugs = [.. PlantedBugs.All.Where(bug => names.Length == 0
            || names.Any(name => bug.Name.Contains(name, StringComparison.OrdinalIgnoreCase)))];
        if (bugs.Count == 0)
        {
            throw new FormatException($"no planted bug is named {string.Join(' ', names)}");
        }

        int caught = 0;
        foreach (PlantedBug bug in bugs)
        {
            using Mutant mutant = new(bug);
            PlantedOutcome outcome = Hunt(mutant);
            caught += outcome.IsCaught ? 1 : 0;
            Console.WriteLine(Describe(outcome));
            if (shrinks && outcome.IsCaught)
            {
                mutant.Shrink(outcome.Seeds);
            }
        }

        Console.WriteLine($"{caught} of {bugs.Count} caught");
        return caught == bugs.Count ? 0 : 1;
    }

    private static PlantedOutcome Hunt(Mutant mutant)
    {
        void Stop(object? sender, EventArgs e) => mutant.Stop();
        AppDomain.CurrentDomain.ProcessExit += Stop;
        try
        {
            return mutant.Hunt();
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= Stop;
        }
    }

    private static string Describe(PlantedOutcome outcome)
    {
        string message = outcome.Message.ReplaceLineEndings(" ");
        message = message.Length > MostOfMessage ? message[..MostOfMessage] + "…" : message;
        return outcome.IsCaught
            ? $"{outcome.Bug.Name}: {outcome.Seeds} of {outcome.Bug.MaxSeeds} seeds, {outcome.Checker} ({message})"
            : $"{outcome.Bug.Name}: NOT CAUGHT within {outcome.Bug.MaxSeeds} seeds ({message})";
    }
}
