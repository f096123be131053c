namespace Netcd.Interop.Processes;

/// <summary>
/// A system call that fails or takes long in a real process, on files of the test's choosing. A test that cannot have strace is skipped
/// with the reason, and fails where NETCD_REQUIRE_STRACE is 1; where the machine forbids tracing, it is skipped in any case.
/// </summary>
/// <param name="Call">The system call.</param>
/// <param name="Effect">What happens to it, as strace has it: <c>error=EIO</c>, <c>delay_exit=MICROSECONDS</c>.</param>
/// <param name="When">Which of a thread's calls: <c>3</c>, <c>3+</c> for all from the third on.</param>
/// <param name="Path">The file that the call has to be about.</param>
/// <param name="TracePath">Where the calls on that file are written down.</param>
internal sealed record SystemCallFault(string Call, string Effect, string When, string Path, string TracePath)
{
    /// <summary>The calls that change a file or make it durable.</summary>
    private const string Changing = "pwrite64,pwritev,pwritev2,write,writev,fdatasync,fsync,fallocate,ftruncate";

    private static readonly Lazy<Task<string?>> Obstacle = new(FindObstacleAsync);

    /// <summary>The program to start, and what comes before the server's own arguments.</summary>
    public async Task<(string Program, string[] Before)> WrapAsync(string server)
    {
        await RequireAsync();

        // With -D the tracer is a grandchild: process id, signals and exit code are the server's.
        return ("strace",
        [
            "-D", "-f", "-y", "-q", "-o", TracePath, "-P", Path, "-e", $"trace={Changing},{Call}", "-e", "signal=none",
            "-e", $"inject={Call}:{Effect}:when={When}", server,
        ]);
    }

    /// <summary>What happened to the file, one call a line, from the first that failed on: empty where none did.</summary>
    public string[] SinceFault()
    {
        string[] calls = File.Exists(TracePath) ? File.ReadAllLines(TracePath) : [];
        int first = Array.FindIndex(calls, static call => call.Contains("(INJECTED)", StringComparison.Ordinal));
        return first < 0 ? [] : [.. calls[first..].Where(
            static call => !call.Contains(" resumed>", StringComparison.Ordinal) && call.Contains("</", StringComparison.Ordinal))];
    }

    /// <summary>Skips a test that cannot have strace.</summary>
    public static async Task RequireAsync()
    {
        string? obstacle = await Obstacle.Value;
        bool isMissing = obstacle == Missing;
        Assert.False(isMissing && Environment.GetEnvironmentVariable("NETCD_REQUIRE_STRACE") == "1", "strace is required and not there");
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
    }

    private const string Missing = "faults of system calls need strace, which is not there";

    private static async Task<string?> FindObstacleAsync()
    {
        IEnumerable<string> places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator);
        if (!OperatingSystem.IsLinux() || !places.Any(static place => File.Exists(System.IO.Path.Combine(place, "strace"))))
        {
            return Missing;
        }

        CommandResult probe = await Command.RunAsync(
            "strace", "-D", "-f", "-e", "inject=fdatasync:error=EIO:when=1", "-o", "/dev/null", "true");
        return probe.ExitCode == 0 ? null : "this machine forbids tracing of processes: " + probe.Errors.Trim();
    }
}
