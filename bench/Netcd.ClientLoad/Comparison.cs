using System.Diagnostics;
using System.Globalization;

namespace Netcd.ClientLoad;

/// <summary>Runs each client with each workload, in a process of its own each time, and writes the medians as a table.</summary>
internal static class Comparison
{
    private const int Rounds = 3;

    public static async Task<int> RunAsync(string[] clients, string[] workloads, string endpoint)
    {
        Console.WriteLine("| workload | client | ops/s | CPU µs/op | bytes/op | CPU against ours | bytes against ours |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (string workload in workloads)
        {
            Dictionary<string, List<Figures>> runs = clients.ToDictionary(static client => client, static _ => new List<Figures>());
            for (int round = 0; round < Rounds; round++)
            {
                // Whoever was first is last in the next round.
                foreach (string client in clients.Skip(round % clients.Length).Concat(clients.Take(round % clients.Length)))
                {
                    if (await MeasureAsync(client, workload, endpoint) is not { } figures)
                    {
                        return 1;
                    }

                    runs[client].Add(figures);
                }
            }

            Figures ours = Figures.Median(runs[clients[0]]);
            foreach (string client in clients)
            {
                Write(workload, client, Figures.Median(runs[client]), ours);
            }
        }

        return 0;
    }

    private static void Write(string workload, string client, Figures figures, Figures ours) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {workload} | {client} | {figures.PerSecond:0} | {figures.Processor:0.0} | {figures.Bytes:0} "
        + $"| {figures.Processor / ours.Processor:0.00} | {figures.Bytes / ours.Bytes:0.00} |"));

    private static async Task<Figures?> MeasureAsync(string client, string workload, string endpoint)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["run", client, workload, endpoint]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            Console.Error.WriteLine($"{client} failed at {workload}");
            return null;
        }

        Console.Error.WriteLine($"{workload} {client}: {output.Trim()}");
        return Figures.Parse(output);
    }
}
