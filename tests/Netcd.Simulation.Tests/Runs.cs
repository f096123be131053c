using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Tests;

/// <summary>Runs a seed and fails with what a person needs to see it again.</summary>
internal static class Runs
{
    public static SimulationResult Check(SimulationOptions options)
    {
        SimulationResult result = SimulationRun.Run(options);
        Assert.True(!result.IsViolation, $"""
            seed {options.Seed}: {result.Message}
            {result.Profile}
            replay: dotnet run -c Release --project tests/Netcd.Simulation -- replay {options.ToArguments()}
            {result.StackTrace}
            """);
        return result;
    }

    /// <summary>The member that leads, as soon as one does.</summary>
    public static async Task<SimulatedMember> LeaderAsync(SimulatedCluster cluster)
    {
        while (cluster.Leader is null)
        {
            await cluster.Time.Delay(50 * VirtualTime.Millisecond);
        }

        return cluster.Leader;
    }

    public static SimulationOptions Of(ulong seed, int? members = null, int virtualSeconds = 60, params FaultKind[] faults) => new()
    {
        Seed = seed,
        Members = members,
        VirtualSeconds = virtualSeconds,
        Focus = RunFocus.Anything,
        Faults = faults.Length == 0 ? null : new HashSet<FaultKind>(faults),
    };
}
