using System.Diagnostics;
using System.Text;

namespace Netcd.Interop.Watches;

/// <summary>A program that runs until it is ended, and what it has written so far.</summary>
internal sealed class LiveCommand : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly StringBuilder output = new();

    private LiveCommand(Process process)
    {
        this.process = process;
        process.OutputDataReceived += Note;
        process.ErrorDataReceived += Note;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    public static LiveCommand Start(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new LiveCommand(Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}"));
    }

    public async Task TellAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    public async Task UntilAsync(Func<string, bool> isSo)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo(Output))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, $"{process.ProcessName} has not come so far:\n{Output}");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync();
        process.Dispose();
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            if (line.Data is not null)
            {
                output.AppendLine(line.Data);
            }
        }
    }
}
