using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Netcd.Simulation.Commands;

namespace Netcd.Simulation.Planted;

/// <summary>The simulation with a bug planted into the engine: a copy of this program with one other assembly, run as a process of its
/// own.</summary>
internal sealed class Mutant : IDisposable
{
    /// <summary>
    /// What no seed comes near in processor time, however busy the machine is. Virtual time decides whether a cluster is alive: a
    /// seed in which it stands still counts as not caught.
    /// </summary>
    private static readonly TimeSpan SeedLimit = TimeSpan.FromSeconds(60);

    private readonly PlantedBug bug;
    private readonly string directory = Directory.CreateTempSubdirectory("netcd-planted-").FullName;
    private Process? running;

    public Mutant(PlantedBug bug)
    {
        this.bug = bug;
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        }
    }

    /// <summary>Whose process must not live on when this one is told to end.</summary>
    public void Stop()
    {
        if (running is { HasExited: false } process)
        {
            process.Kill();
        }
    }

    private string Program => Path.Combine(directory, "Netcd.Simulation.dll");

    /// <summary>Runs seed after seed until a checker speaks.</summary>
    public PlantedOutcome Hunt()
    {
        string work = Directory.CreateDirectory(Path.Combine(directory, "work")).FullName;
        string assembly = Path.Combine(directory, bug.Project + ".dll");
        MutantCompiler.Compile(bug, directory, work, assembly);
        using Process run = Process.Start(new ProcessStartInfo(MutantCompiler.Dotnet, [Program, .. Arguments()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        running = run;
        Task<string> output = run.StandardOutput.ReadToEndAsync();
        ulong seeds = 0;
        while (ReadLine(run, out bool isLate) is { } line)
        {
            seeds = line.StartsWith(RunCommand.SeedBegins, StringComparison.Ordinal)
                ? ulong.Parse(line[RunCommand.SeedBegins.Length..], CultureInfo.InvariantCulture)
                : seeds;
            if (isLate)
            {
                return new PlantedOutcome(bug, seeds, null, $"seed {seeds} took more than {SeedLimit.TotalSeconds} s of the processor");
            }
        }

        run.WaitForExit();
        return OutcomeOf(output.Result, run.ExitCode, seeds);
    }

    /// <summary>Looks for a smaller run that shows the bug, and tells of it on the standard output.</summary>
    public void Shrink(ulong seed)
    {
        string[] arguments = [Program, "shrink", seed.ToString(CultureInfo.InvariantCulture), .. Profile()];
        using Process shrink = Process.Start(new ProcessStartInfo(MutantCompiler.Dotnet, arguments))!;
        shrink.WaitForExit();
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private IEnumerable<string> Arguments() =>
        ["run", "--first", "--seeds", string.Create(CultureInfo.InvariantCulture, $"1..{bug.MaxSeeds}"), .. Profile()];

    private List<string> Profile()
    {
        List<string> arguments = ["--focus", bug.Focus.ToString()];
        if (bug.Members is { } members)
        {
            arguments.AddRange(["--members", members.ToString(CultureInfo.InvariantCulture)]);
        }

        if (bug.Faults is { } faults)
        {
            arguments.AddRange(["--faults", string.Join(',', faults)]);
        }

        if (bug.LeaseOwners > 0)
        {
            arguments.AddRange(["--lease-owners", bug.LeaseOwners.ToString(CultureInfo.InvariantCulture)]);
        }

        if (bug.Lockers > 0)
        {
            arguments.AddRange(["--lockers", bug.Lockers.ToString(CultureInfo.InvariantCulture)]);
        }

        if (bug.Alarms > 0)
        {
            arguments.AddRange(["--alarms", bug.Alarms.ToString(CultureInfo.InvariantCulture)]);
        }

        if (bug.Users > 0)
        {
            arguments.AddRange(["--users", bug.Users.ToString(CultureInfo.InvariantCulture)]);
        }

        return arguments;
    }

    private static string? ReadLine(Process run, out bool isLate)
    {
        isLate = false;
        Task<string?> line = run.StandardError.ReadLineAsync();
        TimeSpan begun = run.HasExited ? TimeSpan.Zero : run.TotalProcessorTime;
        while (!line.Wait(TimeSpan.FromSeconds(1)))
        {
            isLate = !run.HasExited && run.TotalProcessorTime - begun > SeedLimit;
            if (isLate)
            {
                run.Kill();
                run.WaitForExit();
                return "";
            }
        }

        return line.Result;
    }

    private PlantedOutcome OutcomeOf(string output, int exitCode, ulong seeds)
    {
        if (output.Length == 0)
        {
            // The engine has brought down the whole process, memory and all: what no checker in it can speak of.
            return new PlantedOutcome(bug, seeds, exitCode == 0 ? null : "crash", $"the process ended with {exitCode}");
        }

        using JsonDocument summary = JsonDocument.Parse(output);
        JsonElement violations = summary.RootElement.GetProperty("violations");
        return violations.GetArrayLength() == 0
            ? new PlantedOutcome(bug, seeds, null, "no checker spoke")
            : new PlantedOutcome(
                bug,
                violations[0].GetProperty("seed").GetUInt64(),
                violations[0].GetProperty("checker").GetString(),
                violations[0].GetProperty("message").GetString()!);
    }
}
