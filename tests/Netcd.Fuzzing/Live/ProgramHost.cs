using System.Diagnostics;
using System.Globalization;

namespace Netcd.Fuzzing.Live;

/// <summary>A server of one member as its users run it: a process of its own.</summary>
internal sealed class ProgramHost : ILiveHost
{
    private const int LinesKept = 200;
    private readonly Process process;
    private readonly Queue<string> log = new();

    public ProgramHost(string program, LiveSetup setup)
    {
        (ClientUrl, PeerUrl) = (setup.ClientUrl, setup.PeerUrl);
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in Arguments(setup))
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
        process.OutputDataReceived += Note;
        process.ErrorDataReceived += Note;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri ClientUrl { get; }

    public Uri PeerUrl { get; }

    public long MemoryBytes => ProcessFigures.ResidentBytes(process.Id);

    public int Descriptors => ProcessFigures.Descriptors(process.Id);

    public string? Failure => process.HasExited
        ? string.Create(CultureInfo.InvariantCulture, $"it ended with {process.ExitCode}\n{Log()}")
        : Log() is { } text && text.Contains("   at ", StringComparison.Ordinal) ? "a stack trace in its log\n" + text : null;

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }

    private static IEnumerable<string> Arguments(LiveSetup setup)
    {
        string client = setup.ClientUrl.OriginalString;
        string peer = setup.PeerUrl.OriginalString;
        yield return $"--name={LiveSetup.MemberName}";
        yield return $"--data-dir={setup.DataDirectory}";
        yield return $"--listen-client-urls={client}";
        yield return $"--advertise-client-urls={client}";
        yield return $"--listen-peer-urls={peer}";
        yield return $"--initial-advertise-peer-urls={peer}";
        yield return $"--initial-cluster={LiveSetup.MemberName}={peer}";
        yield return $"--bcrypt-cost={LiveSetup.BcryptCost}";
        yield return "--log-level=error";
        if (setup.Tls is { } tls)
        {
            yield return $"--cert-file={tls.Certificate}";
            yield return $"--key-file={tls.Key}";
            yield return $"--peer-cert-file={tls.Certificate}";
            yield return $"--peer-key-file={tls.Key}";
        }
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not { Length: > 0 } text)
        {
            return;
        }

        lock (log)
        {
            log.Enqueue(text);
            if (log.Count > LinesKept)
            {
                log.Dequeue();
            }
        }
    }

    private string Log()
    {
        lock (log)
        {
            return string.Join('\n', log);
        }
    }
}
