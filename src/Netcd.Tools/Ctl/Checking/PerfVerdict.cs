using System.Globalization;

namespace Netcd.Tools.Ctl.Checking;

/// <summary>What <c>check perf</c> says of a load, by etcdctl's rules: nine tenths of the rate, no put above half a second, and a standard
/// deviation of at most a tenth.</summary>
internal static class PerfVerdict
{
    private const double LeastShare = 0.9;
    private const double MostSeconds = 0.5;
    private const double MostDeviation = 0.1;

    /// <summary>Writes it.</summary>
    /// <returns>Whether all is well.</returns>
    public static bool Write(TextWriter output, PutLoadResult result, int rate)
    {
        bool[] parts =
        [
            WriteErrors(output, result),
            WriteRate(output, result.Rate, rate),
            Write(output, result.Slowest <= MostSeconds, result.Slowest, "Slowest request took", "Slowest request took too long:"),
            Write(output, !(result.Deviation > MostDeviation), result.Deviation, "Stddev is", "Stddev too high:"),
        ];
        bool isWell = Array.TrueForAll(parts, static part => part);
        output.WriteLine(isWell ? "PASS" : "FAIL");
        return isWell;
    }

    /// <summary>Writes what failed, and how often.</summary>
    /// <returns>Whether nothing did.</returns>
    public static bool WriteErrors(TextWriter output, PutLoadResult result)
    {
        if (result.Errors.Count > 0)
        {
            output.WriteLine("FAIL: too many errors");
        }

        foreach ((string error, int times) in result.Errors)
        {
            output.WriteLine($"FAIL: ERROR({error}) -> {times}");
        }

        return result.Errors.Count == 0;
    }

    private static bool WriteRate(TextWriter output, double reached, int rate)
    {
        bool isWell = reached / rate > LeastShare;
        output.WriteLine($"{(isWell ? "PASS: Throughput is" : "FAIL: Throughput too low:")} {(int)reached + 1} writes/s");
        return isWell;
    }

    private static bool Write(TextWriter output, bool isWell, double seconds, string well, string ill)
    {
        string number = seconds.ToString("F6", CultureInfo.InvariantCulture);
        output.WriteLine(isWell ? $"PASS: {well} {number}s" : $"{ill} {number}s");
        return isWell;
    }
}
