using System.Diagnostics;
using System.Globalization;

namespace Netcd.Fuzzing.Siege;

/// <summary>
/// Good clients of every member, in a process of their own: what the attackers do to themselves, answers of megabytes that they have to
/// parse, is not to be measured as the members' slowness.
/// </summary>
internal sealed class GoodClients : IDisposable
{
    /// <summary>The command that the other process is begun with.</summary>
    public const string Command = "siege-clients";

    private const int PerMember = 2;
    private readonly Lock gate = new();
    private readonly List<string> failures = [];
    private readonly Process process;
    private List<double> latencies = [];

    private GoodClients(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
    }

    /// <summary>Calls that failed so far, with what they were answered.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (gate)
            {
                return [.. failures];
            }
        }
    }

    /// <summary>Begins the other process.</summary>
    public static GoodClients Start(SiegeCluster cluster)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(GoodClients).Assembly.Location);
        }

        start.ArgumentList.Add(Command);
        start.ArgumentList.Add(cluster.Guard.AuthorityFile);
        start.ArgumentList.Add(cluster.Guard.GoodToken);
        foreach (SiegeMember member in cluster.Members)
        {
            start.ArgumentList.Add($"{member.Name}={member.ClientUrl}");
        }

        return new GoodClients(Process.Start(start) ?? throw new InvalidOperationException("cannot start the good clients"));
    }

    /// <summary>What the other process does: it runs clients of the members named until its input ends.</summary>
    /// <param name="arguments">The authority's certificate, the token, each of which may be empty, and each member as NAME=URL.</param>
    public static async Task<int> ServeAsync(IReadOnlyList<string> arguments)
    {
        (string authority, string token) = (arguments[0], arguments[1]);
        using CancellationTokenSource stop = new();
        Lock output = new();
        void Report(TimeSpan time, string? failure)
        {
            lock (output)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds} {failure}"));
            }
        }

        GoodClient client = new(Report, stop.Token);
        List<Task> running = [];
        foreach (string[] member in arguments.Skip(2).Select(static member => member.Split('=', 2)))
        {
            running.AddRange(Enumerable.Range(0, PerMember).Select(i => Task.Run(
                () => client.RunAsync($"good/{member[0]}/{i}", SiegeGuard.Connect(member[1], authority, token)))));
        }

        await Console.In.ReadToEndAsync().ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(20))
            .ConfigureAwait(false);
        return 0;
    }

    /// <summary>The latencies since the last time that they were taken, in milliseconds, in ascending order.</summary>
    public double[] TakeLatencies()
    {
        lock (gate)
        {
            List<double> taken = latencies;
            latencies = [];
            taken.Sort();
            return [.. taken];
        }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
        }

        process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        int end = line.IndexOf(' ');
        lock (gate)
        {
            latencies.Add(double.Parse(line[..end], CultureInfo.InvariantCulture));
            if (end + 1 < line.Length)
            {
                failures.Add(line[(end + 1)..]);
            }
        }
    }
}
