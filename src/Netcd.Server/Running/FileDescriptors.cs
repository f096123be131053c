using System.Globalization;
using System.Runtime.InteropServices;

namespace Netcd.Server.Running;

/// <summary>How many files and connections this process may have open.</summary>
internal static partial class FileDescriptors
{
    private const int OpenFilesLinux = 7;
    private const int OpenFilesElsewhere = 8;
    private const string OpenDirectory = "/proc/self/fd";

    /// <summary>How many are open.</summary>
    public static int Open => Directory.EnumerateFileSystemEntries(OpenDirectory).Count();

    /// <summary>
    /// Raises the limit as far as the process may. A login shell and systemd give a soft limit of 1,024, for the sake of programs that use
    /// <c>select</c>, and leave it to all others to raise it.
    /// </summary>
    public static void RaiseLimit()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int resource = OperatingSystem.IsLinux() ? OpenFilesLinux : OpenFilesElsewhere;
        if (getrlimit(resource, out Limits limits) == 0 && limits.Soft < limits.Hard)
        {
            limits.Soft = limits.Hard;
            _ = setrlimit(resource, limits);
        }
    }

    /// <summary>The limit; null where there is none, or the system does not say.</summary>
    public static int? Limit()
    {
        const string name = "Max open files";
        const string file = "/proc/self/limits";
        string? line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            : null;
        string? soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, out Limits limits);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in Limits limits);

    private struct Limits
    {
        public nuint Soft;
        public nuint Hard;
    }
}
