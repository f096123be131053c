using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Commands;

/// <summary>Runs seed after seed, and ends with one line of figures.</summary>
internal sealed class RunCommand
{
    /// <summary>What a line begins with that tells of the next seed.</summary>
    public const string SeedBegins = "seed ";

    private readonly Arguments arguments;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, long> faults = new(StringComparer.Ordinal);
    private readonly List<SimulationResult> violations = [];
    private readonly ulong last;
    private ulong next;
    private long seeds;
    private double virtualSeconds;
    private long operations;
    private long nextProgress;

    private RunCommand(Arguments arguments)
    {
        this.arguments = arguments;
        // Without seeds of one's own each hunt looks at new ones.
        (next, last) = arguments.Seeds ?? ((ulong)Random.Shared.NextInt64(1, 1_000_000_000) * 1_000_000, ulong.MaxValue);
    }

    public static int Run(Arguments arguments) => new RunCommand(arguments).Run();

    private int Run()
    {
        Console.Error.WriteLine($"first seed {next}");
        Thread[] threads = [.. Enumerable.Range(0, arguments.Threads).Select(_ => new Thread(Work))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Console.WriteLine(Summary());
        return violations.Count > 0 ? 1 : 0;
    }

    private void Work()
    {
        while (TakeSeed() is { } seed)
        {
            Add(SimulationRun.Run(arguments.OptionsOf(seed)));
        }
    }

    private ulong? TakeSeed()
    {
        lock (gate)
        {
            bool isOver = next > last || (arguments.StopsAtFirst && violations.Count > 0)
                || (arguments.Minutes is { } minutes && watch.Elapsed.TotalMinutes >= minutes);
            if (isOver)
            {
                return null;
            }

            if (arguments.StopsAtFirst)
            {
                Console.Error.WriteLine($"{SeedBegins}{next}");
            }

            return next++;
        }
    }

    private void Add(SimulationResult result)
    {
        lock (gate)
        {
            seeds++;
            virtualSeconds += result.VirtualSeconds;
            operations += result.Operations;
            foreach ((string kind, int count) in result.Faults)
            {
                faults[kind] = faults.GetValueOrDefault(kind) + count;
            }

            if (result.IsViolation)
            {
                violations.Add(result);
                Console.Error.WriteLine($"VIOLATION seed {result.Seed}: {result.Message}");
                Console.Error.WriteLine($"  {result.Profile}");
                Console.Error.WriteLine(
                    "  replay: dotnet run -c Release --project tests/Netcd.Simulation -- replay "
                        + $"{arguments.OptionsOf(result.Seed).ToArguments()}");
            }

            if (watch.ElapsedMilliseconds >= nextProgress)
            {
                nextProgress = watch.ElapsedMilliseconds + 10_000;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{watch.Elapsed.TotalSeconds,6:F0} s: {seeds} seeds, {virtualSeconds:F0} virtual seconds "
                        + $"({virtualSeconds / watch.Elapsed.TotalMinutes:F0} a minute), {operations} operations, {violations.Count} "
                        + $"violations"));
            }
        }
    }

    private string Summary()
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("seeds", seeds);
            json.WriteNumber("virtualSeconds", Math.Round(virtualSeconds));
            json.WriteNumber("wallSeconds", Math.Round(watch.Elapsed.TotalSeconds));
            json.WriteNumber("operations", operations);
            json.WriteStartObject("faults");
            foreach ((string kind, long count) in faults)
            {
                json.WriteNumber(kind, count);
            }

            json.WriteEndObject();
            json.WriteStartArray("violations");
            foreach (SimulationResult result in violations)
            {
                json.WriteStartObject();
                json.WriteNumber("seed", result.Seed);
                json.WriteString("checker", result.Checker);
                json.WriteString("message", result.Message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
