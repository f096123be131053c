using System.Diagnostics;
using System.Globalization;

namespace Netcd.Server.Running;

/// <summary>What the system says of this process.</summary>
/// <param name="ProcessorSeconds">Processor time in user and system mode.</param>
/// <param name="StartSeconds">When it started, in seconds of Unix time.</param>
/// <param name="ResidentBytes">Memory that is resident.</param>
/// <param name="VirtualBytes">Addresses in use.</param>
internal readonly record struct ProcessFigures(double ProcessorSeconds, double StartSeconds, long ResidentBytes, long VirtualBytes)
{
    private const string Limits = "/proc/self/limits";
    private const string Network = "/proc/self/net/netstat";
    private const string AddressSpace = "Max address space";
    private const string InternetLine = "IpExt:";

    /// <summary>The limit of the address space; what Go's client shows of none at all is the largest number.</summary>
    public static double MaxVirtualBytes
    {
        get
        {
            string? line = File.Exists(Limits)
                ? File.ReadLines(Limits).FirstOrDefault(static line => line.StartsWith(AddressSpace, StringComparison.Ordinal))
                : null;
            string? soft = line?[AddressSpace.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return ulong.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out ulong limit) ? limit : ulong.MaxValue;
        }
    }

    /// <summary>As of now.</summary>
    public static ProcessFigures Read()
    {
        using Process process = Process.GetCurrentProcess();
        return new ProcessFigures(
            process.TotalProcessorTime.TotalSeconds,
            (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds,
            process.WorkingSet64,
            process.VirtualMemorySize64);
    }

    /// <summary>A figure of the network of the process's namespace; 0 where the system does not tell.</summary>
    public static double NetworkBytes(string name)
    {
        if (!File.Exists(Network))
        {
            return 0;
        }

        // Two lines with the same beginning: the names, then the figures.
        string[][] lines = [.. File.ReadLines(Network)
            .Where(static line => line.StartsWith(InternetLine, StringComparison.Ordinal)).Select(static line => line.Split(' '))];
        int at = lines.Length == 2 ? Array.IndexOf(lines[0], name) : -1;
        return at > 0 && double.TryParse(lines[1][at], NumberStyles.None, CultureInfo.InvariantCulture, out double bytes) ? bytes : 0;
    }
}
