using System.Globalization;

namespace Netcd.Interop.Hardening;

/// <summary>What the system tells of a process.</summary>
internal static class ProcessLook
{
    private const int Kibi = 1024;
    private const double TicksPerSecond = 100;

    /// <summary>Files and connections that it has open.</summary>
    public static int Descriptors(int processId) => Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length;

    /// <summary>The number of the newest of them, as long as none is given again.</summary>
    public static int HighestDescriptor(int processId) =>
        Directory.GetFileSystemEntries($"/proc/{processId}/fd")
            .Max(static entry => int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture));

    /// <summary>Its threads.</summary>
    public static int Threads(int processId) => Directory.GetDirectories($"/proc/{processId}/task").Length;

    /// <summary>Bytes of its own memory: not those of mapped files.</summary>
    public static long AnonymousBytes(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/status")
            .First(static line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * Kibi;
    }

    /// <summary>Processor time that it has taken.</summary>
    public static TimeSpan ProcessorTime(int processId)
    {
        string[] fields = File.ReadAllText($"/proc/{processId}/stat").Split(')')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>The soft and the hard limit of open files.</summary>
    public static (string Soft, string Hard) FileLimits(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/limits")
            .First(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (fields[3], fields[4]);
    }

    /// <summary>Whether the system asks, on a connection that is silent, if the other side is there.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="client">The client's.</param>
    public static bool HasKeepAlive(int port, int client)
    {
        const string keepAliveTimer = "02:";
        string local = $":{port:X4}";
        string remote = $":{client:X4}";
        return File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6"))
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(fields => fields.Length > 5 && fields[1].EndsWith(local, StringComparison.Ordinal)
                && fields[2].EndsWith(remote, StringComparison.Ordinal) && fields[5].StartsWith(keepAliveTimer, StringComparison.Ordinal));
    }
}
