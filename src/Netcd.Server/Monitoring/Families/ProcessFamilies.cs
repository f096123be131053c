using System.Globalization;
using Netcd.Server.Running;

namespace Netcd.Server.Monitoring.Families;

/// <summary>The process, as Prometheus' client libraries show it.</summary>
internal static class ProcessFamilies
{
    public static void Register(MetricsRegistry registry)
    {
        ProcessFigures Now() => ProcessFigures.Read();
        registry.Counter("process_cpu_seconds_total", "Processor time in user and system mode.", () => Now().ProcessorSeconds);
        registry.Gauge("process_start_time_seconds", "When the process started, in seconds of Unix time.", () => Now().StartSeconds);
        registry.Gauge("process_resident_memory_bytes", "Memory of the process that is resident.", () => Now().ResidentBytes);
        registry.Gauge("process_virtual_memory_bytes", "Addresses of the process.", () => Now().VirtualBytes);
        registry.Gauge("process_virtual_memory_max_bytes", "The limit of these.", static () => ProcessFigures.MaxVirtualBytes);
        registry.Gauge("process_open_fds", "File descriptors that are open.", static () => FileDescriptors.Open);
        registry.Gauge("process_max_fds", "The limit of these.", static () => FileDescriptors.Limit() ?? 0);
        registry.Gauge("os_fd_used", "File descriptors that are open.", static () => FileDescriptors.Open);
        registry.Gauge("os_fd_limit", "The limit of these.", static () => FileDescriptors.Limit() ?? 0);
        RegisterCollector(registry);
        registry.Counter(
            "process_network_receive_bytes_total", "Bytes that the network has brought to this host or container.",
            static () => ProcessFigures.NetworkBytes("InOctets"));
        registry.Counter(
            "process_network_transmit_bytes_total", "Bytes that the network has taken from this host or container.",
            static () => ProcessFigures.NetworkBytes("OutOctets"));
    }

    /// <summary>The garbage collector: while it pauses the process, every call waits.</summary>
    private static void RegisterCollector(MetricsRegistry registry)
    {
        registry.Counter(
            "dotnet_gc_pause_seconds_total", "Time for which the garbage collector has paused the process.",
            static () => GC.GetTotalPauseDuration().TotalSeconds);
        registry.Family(
            "dotnet_gc_collections_total", MetricKind.Counter, "Collections of a generation and those below it.", ["generation"],
            static () => Enumerable.Range(0, GC.MaxGeneration + 1).Select(static generation =>
                MetricSeries.Of(GC.CollectionCount(generation), generation.ToString(CultureInfo.InvariantCulture))));
        registry.Gauge("dotnet_gc_heap_bytes", "Bytes of objects, garbage included.", static () => GC.GetTotalMemory(false));
        registry.Gauge(
            "dotnet_gc_committed_bytes", "Memory that the garbage collector has taken.",
            static () => GC.GetGCMemoryInfo().TotalCommittedBytes);
    }
}
