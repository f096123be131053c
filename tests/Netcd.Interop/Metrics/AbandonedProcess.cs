using System.Diagnostics;

namespace Netcd.Interop.Metrics;

/// <summary>A server that nobody waits for to become ready; it ends with the test.</summary>
internal sealed class AbandonedProcess : IDisposable
{
    private readonly Process process;

    private AbandonedProcess(Process process) => this.process = process;

    /// <summary>Starts a member of a cluster whose others are not there.</summary>
    public static AbandonedProcess Start(string program, string dataDirectory, string cluster, int metricsPort)
    {
        string client = $"http://127.0.0.1:{FreePort.Next()}";
        return Start(
            program,
            "--name", "default", "--data-dir", dataDirectory, "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", $"http://127.0.0.1:{FreePort.Next()}", "--initial-advertise-peer-urls", "http://localhost:2380",
            "--initial-cluster", cluster, "--listen-metrics-urls", $"http://127.0.0.1:{metricsPort}");
    }

    /// <summary>Starts a program.</summary>
    public static AbandonedProcess Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new AbandonedProcess(process);
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }
}
