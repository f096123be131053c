using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Checking;

/// <summary>How much a check asks of a cluster.</summary>
/// <param name="Clients">How many put keys side by side, each with a connection of its own.</param>
/// <param name="Rate">How many puts a second are tried.</param>
/// <param name="Duration">For how long.</param>
/// <param name="Pairs">How many keys the check of size puts.</param>
internal sealed record CheckLoad(int Clients, int Rate, TimeSpan Duration, int Pairs)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Reads the flag's value.</summary>
    /// <exception cref="CommandFailure">There is no such load.</exception>
    public static CheckLoad Of(string name) => name switch
    {
        "s" or "small" => new(50, 150, Minute, 10_000),
        "m" or "medium" => new(200, 1000, Minute, 100_000),
        "l" or "large" => new(500, 8000, Minute, 1_000_000),
        "xl" or "xLarge" => new(1000, 15_000, Minute, 3_000_000),
        _ => throw new CommandFailure(ExitCodes.BadFeature, $"unknown load option {name}"),
    };
}
