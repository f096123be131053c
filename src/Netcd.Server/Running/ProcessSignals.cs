using System.Globalization;
using System.Runtime.InteropServices;

namespace Netcd.Server.Running;

/// <summary>
/// What signals do to the process, as to etcd: SIGTERM and SIGINT end it after an orderly stop, and by the signal itself, which is what
/// supervisors look for; SIGQUIT prints what the process is at and ends it; SIGUSR1 writes out the flight recorder; others that Go passes
/// over do nothing.
/// </summary>
internal sealed partial class ProcessSignals : IDisposable
{
    private const int Sigint = 2;
    private const int Sigquit = 3;
    private const int Sigterm = 15;
    private const nint DefaultAction = 0;

    /// <summary>A shell reports a process that a signal ended by this and the signal's number.</summary>
    private const int EndedBySignal = 128;

    /// <summary>Go's exit code after SIGQUIT.</summary>
    private const int Quit = 2;

    /// <summary>The first process of a container or a system: the kernel lets no signal end it.</summary>
    private const int InitProcess = 1;

    /// <summary>SIGUSR1, where Linux and where macOS have it.</summary>
    private const int UserSignalOnLinux = 10;
    private const int UserSignalOnMac = 30;

    /// <summary>SIGUSR2, SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO and SIGPWR, where Linux has them.</summary>
    private static readonly int[] IgnoredOnLinux = [12, 14, 24, 25, 26, 27, 29, 30];

    /// <summary>The same without SIGPWR, where macOS has them.</summary>
    private static readonly int[] IgnoredOnMac = [31, 14, 24, 25, 26, 27, 23];

    /// <summary>Where Linux says which signals are ignored: a mask in hexadecimal, SIGHUP its lowest bit.</summary>
    private const string StatusFile = "/proc/self/status";
    private const string IgnoredLine = "SigIgn:";

    /// <summary>How long a signal sent to this process may take to end it.</summary>
    private static readonly TimeSpan DeliveryTime = TimeSpan.FromSeconds(5);

    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly TaskCompletionSource<PosixSignal> stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the signals over.</summary>
    /// <param name="errors">Takes what SIGQUIT prints.</param>
    /// <param name="describe">What else it prints: the state of the member.</param>
    /// <param name="record">Writes out what has happened; SIGUSR1 asks for it.</param>
    public ProcessSignals(TextWriter errors, Func<string> describe, Action record)
    {
        HearIgnored();

        // Whoever sends one twice is not served faster: an orderly stop goes on to its end, as in etcd.
        Take(PosixSignal.SIGTERM, () => stop.TrySetResult(PosixSignal.SIGTERM));
        Take(PosixSignal.SIGINT, () => stop.TrySetResult(PosixSignal.SIGINT));
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Take(PosixSignal.SIGQUIT, () =>
        {
            ProcessReport.Write(errors, describe);
            ExitAtOnce(Quit);
        });
        Take((PosixSignal)(OperatingSystem.IsMacOS() ? UserSignalOnMac : UserSignalOnLinux), record);
        foreach (int ignored in OperatingSystem.IsMacOS() ? IgnoredOnMac : IgnoredOnLinux)
        {
            Take((PosixSignal)ignored, static () => { });
        }
    }

    /// <summary>Ends with the signal that asked for a stop.</summary>
    public Task<PosixSignal> Stop => stop.Task;

    /// <inheritdoc/>
    public void Dispose() => registrations.ForEach(registration => registration.Dispose());

    /// <summary>Ends the process as it has to end: by the signal that stopped it, if one did.</summary>
    /// <param name="exitCode">The exit code where none did.</param>
    /// <returns>The exit code, where the process is not ended here.</returns>
    public int End(int exitCode)
    {
        if (!stop.Task.IsCompletedSuccessfully)
        {
            return exitCode;
        }

        if (Environment.ProcessId == InitProcess)
        {
            return 0;
        }

        int signal = stop.Task.Result == PosixSignal.SIGINT ? Sigint : Sigterm;
        if (!OperatingSystem.IsWindows())
        {
            _ = SetAction(signal, DefaultAction);
            _ = Send(Environment.ProcessId, signal);
            Thread.Sleep(DeliveryTime);
        }

        return EndedBySignal + signal;
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SetAction(int signal, nint action);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void ExitAtOnce(int code);

    /// <summary>
    /// A shell without job control starts what it puts into the background with SIGINT and SIGQUIT ignored, and .NET leaves it at that.
    /// etcd hears them all the same.
    /// </summary>
    private static void HearIgnored()
    {
        if (!File.Exists(StatusFile))
        {
            return;
        }

        string? mask = File.ReadLines(StatusFile).FirstOrDefault(static line => line.StartsWith(IgnoredLine, StringComparison.Ordinal));
        if (!ulong.TryParse(mask?[IgnoredLine.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong ignored))
        {
            return;
        }

        foreach (int signal in (ReadOnlySpan<int>)[Sigint, Sigquit, Sigterm])
        {
            if ((ignored & (1UL << (signal - 1))) != 0)
            {
                _ = SetAction(signal, DefaultAction);
            }
        }
    }

    private void Take(PosixSignal signal, Action act) => registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        act();
    }));
}
