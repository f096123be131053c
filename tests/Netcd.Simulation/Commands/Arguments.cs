using System.Globalization;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Commands;

/// <summary>The options of a command.</summary>
internal sealed record Arguments
{
    public ulong? Seed { get; private init; }

    public (ulong From, ulong To)? Seeds { get; private init; }

    public double? Minutes { get; private init; }

    public int? Members { get; private init; }

    public int? Clients { get; private init; }

    public int LeaseOwners { get; private init; }

    public int Lockers { get; private init; }

    public int Users { get; private init; }

    public int Alarms { get; private init; }

    public int VirtualSeconds { get; private init; } = SimulationOptions.DefaultVirtualSeconds;

    public int Threads { get; private init; } = 1;

    public IReadOnlySet<FaultKind>? Faults { get; private init; }

    public RunFocus? Focus { get; private init; }

    public bool WithEngineLog { get; private init; }

    public bool WithDiskLog { get; private init; }

    public bool WithOrderSearch { get; private init; } = true;

    /// <summary>Whether the first violation ends the run; each seed is told as it begins.</summary>
    public bool StopsAtFirst { get; private init; }

    /// <exception cref="FormatException">An option is not known, or its value is none.</exception>
    public static Arguments Parse(ReadOnlySpan<string> words)
    {
        Arguments arguments = new();
        for (int i = 0; i < words.Length; i++)
        {
            if (arguments.TrySwitch(words[i]) is { } switched)
            {
                arguments = switched;
                continue;
            }

            string value = i + 1 < words.Length ? words[i + 1] : throw new FormatException($"{words[i]} needs a value");
            arguments = words[i] switch
            {
                "--seeds" => arguments with { Seeds = ParseSeeds(value) },
                "--minutes" => arguments with { Minutes = double.Parse(value, CultureInfo.InvariantCulture) },
                "--members" => arguments with { Members = ParseCount(value) },
                "--clients" => arguments with { Clients = ParseCount(value) },
                "--lease-owners" => arguments with { LeaseOwners = ParseCount(value) },
                "--lockers" => arguments with { Lockers = ParseCount(value) },
                "--users" => arguments with { Users = ParseCount(value) },
                "--alarms" => arguments with { Alarms = ParseCount(value) },
                "--virtual-seconds" => arguments with { VirtualSeconds = ParseCount(value) },
                "--threads" => arguments with { Threads = ParseCount(value) },
                "--focus" => arguments with
                {
                    Focus = Enum.TryParse(value, out RunFocus focus) ? focus : throw new FormatException($"{value} is no focus"),
                },
                "--faults" => arguments with { Faults = ParseFaults(value) },
                _ => throw new FormatException($"unknown option {words[i]}"),
            };
            i++;
        }

        return arguments;
    }

    private Arguments? TrySwitch(string word) => word switch
    {
        "--engine-log" => this with { WithEngineLog = true },
        "--disk-log" => this with { WithDiskLog = true },
        "--first" => this with { StopsAtFirst = true },
        "--no-order-search" => this with { WithOrderSearch = false },
        _ => null,
    };

    /// <exception cref="FormatException">It is no seed.</exception>
    public Arguments WithSeed(string seed) => this with { Seed = ulong.Parse(seed, CultureInfo.InvariantCulture) };

    /// <summary>What to simulate.</summary>
    public SimulationOptions OptionsOf(ulong seed) => new()
    {
        Seed = seed,
        Members = Members,
        Clients = Clients,
        LeaseOwners = LeaseOwners,
        Lockers = Lockers,
        Users = Users,
        Alarms = Alarms,
        VirtualSeconds = VirtualSeconds,
        Faults = Faults,
        Focus = Focus,
        WithEngineLog = WithEngineLog,
        WithDiskLog = WithDiskLog,
        WithOrderSearch = WithOrderSearch,
    };

    private static (ulong From, ulong To) ParseSeeds(string value)
    {
        string[] ends = value.Split("..");
        ulong from = ulong.Parse(ends[0], CultureInfo.InvariantCulture);
        return (from, ends.Length > 1 ? ulong.Parse(ends[1], CultureInfo.InvariantCulture) : from);
    }

    private static int ParseCount(string value) =>
        int.Parse(value, CultureInfo.InvariantCulture) is > 0 and int count ? count : throw new FormatException($"{value} is no count");

    private static HashSet<FaultKind> ParseFaults(string value) =>
        [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static name =>
            Enum.TryParse(name, out FaultKind kind) ? kind : throw new FormatException($"{name} is no kind of fault"))];
}
