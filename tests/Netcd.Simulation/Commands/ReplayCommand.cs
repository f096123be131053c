using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Commands;

/// <summary>Runs one seed and tells all that happens.</summary>
internal static class ReplayCommand
{
    public static int Run(Arguments arguments)
    {
        using StreamWriter output = new(Console.OpenStandardOutput(), bufferSize: 1 << 16);
        SimulationResult result = SimulationRun.Run(arguments.OptionsOf(arguments.Seed!.Value) with { Trace = output });
        output.WriteLine(result.IsViolation ? $"VIOLATION {result.Message}" : "no violation");
        if (result.StackTrace is not null)
        {
            output.WriteLine(result.StackTrace);
        }

        output.WriteLine($"trace hash {result.TraceHash:x16}");
        return result.IsViolation ? 1 : 0;
    }
}
