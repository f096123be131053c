using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Netcd.Tools.CommandLine;

/// <summary>Ctrl-C, or being asked to end, as a token: so that a command can leave things as they should be. Asked again a
/// while later, the process ends at once; a second signal at the same time is the same request, sent to the process and to its
/// group.</summary>
internal sealed class EndRequest : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private static readonly TimeSpan SameRequest = TimeSpan.FromMilliseconds(500);

    private readonly PosixSignalRegistration[] registrations;
    private long asked;

    public EndRequest() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, End), PosixSignalRegistration.Create(PosixSignal.SIGTERM, End),
    ];

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        Array.ForEach(registrations, static registration => registration.Dispose());
        source.Dispose();
    }

    private void End(PosixSignalContext signal)
    {
        long first = Interlocked.CompareExchange(ref asked, Stopwatch.GetTimestamp(), 0);
        signal.Cancel = first == 0 || Stopwatch.GetElapsedTime(first) < SameRequest;
        if (first == 0)
        {
            source.Cancel();
        }
    }
}
