using Netcd.Simulation.Commands;

namespace Netcd.Simulation;

/// <summary>The commands: <c>run</c>, <c>replay</c>, <c>shrink</c> and <c>planted</c>.</summary>
internal static class Program
{
    private const int UsageError = 2;

    public static int Main(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                ["run", .. string[] rest] => RunCommand.Run(Arguments.Parse(rest)),
                ["replay", string seed, .. string[] rest] => ReplayCommand.Run(Arguments.Parse(rest).WithSeed(seed)),
                ["shrink", string seed, .. string[] rest] => ShrinkCommand.Run(Arguments.Parse(rest).WithSeed(seed)),
                ["planted", .. string[] names] => PlantedCommand.Run(names),
                _ => Usage(null),
            };
        }
        catch (FormatException wrong)
        {
            return Usage(wrong.Message);
        }
    }

    private static int Usage(string? wrong)
    {
        if (wrong is not null)
        {
            Console.Error.WriteLine(wrong);
        }

        Console.Error.WriteLine("""
            usage:
              run [--minutes M | --seeds FROM..TO] [--members 1|3|5] [--virtual-seconds S] [--threads N]
                [--clients N] [--lease-owners N] [--lockers N] [--users N] [--alarms N] [--focus F] [--faults A,B]
                [--no-order-search] [--first]
              replay SEED [--members N] [--virtual-seconds S] [--clients N] [--lease-owners N] [--lockers N] [--users N]
                [--alarms N] [--focus F] [--faults A,B] [--no-order-search] [--engine-log] [--disk-log]
              shrink SEED [as replay]
              planted [NAME ...] [--shrink]
            """);
        return UsageError;
    }
}
