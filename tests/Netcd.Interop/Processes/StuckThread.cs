using System.Diagnostics;

namespace Netcd.Interop.Processes;

/// <summary>One thread of a process that stands still, while the others go on, until this is disposed of.</summary>
internal sealed class StuckThread : IAsyncDisposable
{
    private const int SignalInterrupt = 2;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process tracer;

    private StuckThread(Process tracer) => this.tracer = tracer;

    /// <summary>Holds the thread of a name at its next system call.</summary>
    public static async Task<StuckThread> OfAsync(int processId, string name)
    {
        await SystemCallFault.RequireAsync();
        string task = Directory.GetDirectories($"/proc/{processId}/task")
            .Single(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == name);
        ProcessStartInfo start = new("strace")
        {
            ArgumentList =
            {
                "-p", Path.GetFileName(task), "-q", "-o", "/dev/null", "-e", "signal=none",
                "-e", $"inject=all:delay_enter={(long)Deadline.TotalMicroseconds * 10}",
            },
        };
        return new StuckThread(Process.Start(start) ?? throw new InvalidOperationException("cannot start strace"));
    }

    public async ValueTask DisposeAsync()
    {
        // At this signal it lets go of the thread.
        Assert.Equal(0, ServerProcess.Kill(tracer.Id, SignalInterrupt));
        await tracer.WaitForExitAsync().WaitAsync(Deadline);
        tracer.Dispose();
    }
}
