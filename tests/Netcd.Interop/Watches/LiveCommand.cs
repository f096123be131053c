using System.Diagnostics;
using System.Text;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Watches;

/// <summary>A program that runs until it is ended, and what it has written so far.</summary>
internal sealed class LiveCommand : IAsyncDisposable
{
    private const int SignalTerminate = 15;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly Task reading;

    private LiveCommand(Process process)
    {
        this.process = process;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
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
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
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

    /// <summary>Ends what is typed.</summary>
    public void CloseInput() => process.StandardInput.Close();

    public async Task UntilAsync(Func<string, bool> isSo, string wanted = "")
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo(Output))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, $"it has not come so far, but to\n{Output}\n--- wanted is\n{wanted}");
            await Task.Delay(5);
        }
    }

    /// <summary>Waits until it ends by itself, and gives the exit code.</summary>
    public async Task<int> EndedAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Deadline);
        await reading.WaitAsync(Deadline);
        return process.ExitCode;
    }

    /// <summary>Asks it to end. Not by the signal of Ctrl+C, which processes in the background may have been started to ignore.</summary>
    public void Interrupt() => Assert.Equal(0, ServerProcess.Kill(process.Id, SignalTerminate));

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync();
        await reading;
        process.Dispose();
    }

    /// <summary>Not by lines: the last one may have no end.</summary>
    private async Task ReadAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is var count and > 0)
        {
            lock (output)
            {
                output.Append(buffer, 0, count);
            }
        }
    }
}
