using System.Globalization;

namespace Netcd.Load;

/// <summary>What the kernel tells of the server's process. Only Linux has it.</summary>
internal sealed class ServerProcess(int processId)
{
    // The kernel reports in USER_HZ, which is 100 on every architecture that .NET runs on.
    private const double MicrosecondsPerTick = 10_000;

    public static ServerProcess? Of(int? processId) => processId is int pid ? new ServerProcess(pid) : null;

    /// <summary>CPU used so far, in user and kernel mode, by all threads, in microseconds; in steps of 10 ms.</summary>
    public double CpuMicroseconds()
    {
        string stat = File.ReadAllText($"/proc/{processId}/stat");
        // The name of the program, in parentheses, may hold spaces: the fields are counted from behind it.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Parse(fields[11]) + Parse(fields[12])) * MicrosecondsPerTick;
    }

    public long ResidentKibibytes()
    {
        foreach (string line in File.ReadLines($"/proc/{processId}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim());
            }
        }

        throw new InvalidDataException($"process {processId} has no resident memory");
    }

    private static long Parse(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
