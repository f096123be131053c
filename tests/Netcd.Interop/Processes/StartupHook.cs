using System.Runtime.InteropServices;

#pragma warning disable CA1050 // The runtime looks for a type of this name without a namespace.

/// <summary>
/// Has a program, in whose <c>DOTNET_STARTUP_HOOKS</c> this assembly stands, end by a fault of its own as soon as it is sent SIGCONT.
/// </summary>
internal static class StartupHook
{
    private static PosixSignalRegistration? registration;

    /// <summary>Called by the runtime before the program's own first line.</summary>
    public static void Initialize()
    {
        if (!OperatingSystem.IsWindows())
        {
            registration = PosixSignalRegistration.Create(
                PosixSignal.SIGCONT, static _ => throw new InvalidOperationException($"a fault that a test has made ({registration})"));
        }
    }
}
