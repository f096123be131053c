using System.Diagnostics;

namespace Netcd.ClientLoad;

/// <summary>What this process has spent on some work, the client's threads and its collector included.</summary>
internal sealed class Measurement
{
    private readonly TimeSpan processor;
    private readonly long allocated;
    private readonly long began;

    private Measurement()
    {
        GC.Collect();
        processor = Process.GetCurrentProcess().TotalProcessorTime;
        allocated = GC.GetTotalAllocatedBytes(precise: true);
        began = Stopwatch.GetTimestamp();
    }

    public static Measurement Begin() => new();

    /// <summary>What an operation took.</summary>
    public Figures End(int operations)
    {
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        double bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        TimeSpan spent = Process.GetCurrentProcess().TotalProcessorTime - processor;
        return new Figures(operations / took.TotalSeconds, spent.TotalMicroseconds / operations, bytes / operations);
    }
}
