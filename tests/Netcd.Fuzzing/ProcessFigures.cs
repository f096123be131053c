using System.Globalization;

namespace Netcd.Fuzzing;

/// <summary>What the system says of a process; zero where it has just ended.</summary>
internal static class ProcessFigures
{
    /// <summary>Bytes of its memory that are resident.</summary>
    public static long ResidentBytes(int process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status")
                .First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or IndexOutOfRangeException)
        {
            return 0;
        }
    }

    /// <summary>Descriptors that it has open.</summary>
    public static int Descriptors(int process)
    {
        try
        {
            return Directory.GetFiles($"/proc/{process}/fd").Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
