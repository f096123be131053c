using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Commands;

/// <summary>
/// Looks for a smaller run of a seed in which the same checker still speaks: fewer kinds of faults, a shorter time, fewer
/// clients, owners of leases and lockers. What it finds is given as arguments for <c>replay</c>.
/// </summary>
internal sealed class ShrinkCommand
{
    private SimulationOptions smallest;
    private SimulationResult found;
    private int tries;

    private ShrinkCommand(SimulationOptions smallest, SimulationResult found) => (this.smallest, this.found) = (smallest, found);

    public static int Run(Arguments arguments)
    {
        SimulationOptions options = arguments.OptionsOf(arguments.Seed!.Value);
        SimulationResult first = SimulationRun.Run(options);
        if (!first.IsViolation)
        {
            Console.WriteLine($"seed {options.Seed} shows no violation");
            return 0;
        }

        Console.WriteLine($"as given: {first.Message}");
        ShrinkCommand shrink = new(options, first);
        shrink.Run();
        Console.WriteLine(
            $"{shrink.tries} runs; {shrink.found.VirtualSeconds:F1} virtual seconds, {shrink.found.Operations} operations, "
                + $"{shrink.found.Faults.Values.Sum()} faults: {shrink.found.Message}");
        Console.WriteLine($"replay {shrink.smallest.ToArguments()}");
        return 1;
    }

    private void Run()
    {
        // From here on what the seed has chosen is said, so that it can be left out piece by piece.
        RunProfile profile = new(smallest, RunProfile.RandomOf(smallest.Seed));
        Try(smallest with
        {
            Focus = profile.Focus,
            Faults = profile.Faults.ToHashSet(),
            Members = profile.Members,
            Clients = profile.Clients,
        });
        bool isSmaller = true;
        while (isSmaller)
        {
            isSmaller = ShortenTime() | DropFaults() | DropClients();
        }
    }

    private bool ShortenTime()
    {
        int until = Math.Max(1, (int)Math.Ceiling(found.VirtualSeconds));
        bool isSmaller = until < smallest.VirtualSeconds && Try(smallest with { VirtualSeconds = until });
        while (smallest.VirtualSeconds > 1 && Try(smallest with { VirtualSeconds = smallest.VirtualSeconds * 3 / 4 }))
        {
            isSmaller = true;
        }

        return isSmaller;
    }

    private bool DropFaults()
    {
        bool isSmaller = false;
        foreach (FaultKind kind in (smallest.Faults ?? new HashSet<FaultKind>()).Order().ToArray())
        {
            HashSet<FaultKind> fewer = [.. smallest.Faults!];
            fewer.Remove(kind);
            isSmaller |= fewer.Count > 0 && Try(smallest with { Faults = fewer });
        }

        return isSmaller;
    }

    private bool DropClients() =>
        Drop(1, static options => options.Clients ?? 1, static (options, count) => options with { Clients = count })
        | Drop(0, static options => options.LeaseOwners, static (options, count) => options with { LeaseOwners = count })
        | Drop(0, static options => options.Lockers, static (options, count) => options with { Lockers = count })
        | Drop(0, static options => options.Users, static (options, count) => options with { Users = count })
        | Drop(0, static options => options.Alarms, static (options, count) => options with { Alarms = count });

    private bool Drop(int fewest, Func<SimulationOptions, int> countOf, Func<SimulationOptions, int, SimulationOptions> withCount)
    {
        bool isSmaller = false;
        while (countOf(smallest) is int count && count > fewest
            && (Try(withCount(smallest, Math.Max(fewest, count / 2))) || Try(withCount(smallest, count - 1))))
        {
            isSmaller = true;
        }

        return isSmaller;
    }

    /// <summary>Leaving something out changes all that comes after it: the fault may hide, and then it is left in.</summary>
    private bool Try(SimulationOptions smaller)
    {
        tries++;
        SimulationResult result = SimulationRun.Run(smaller);
        if (result.Checker != found.Checker)
        {
            return false;
        }

        (smallest, found) = (smaller, result);
        Console.WriteLine($"still: {smaller.ToArguments()}");
        return true;
    }
}
