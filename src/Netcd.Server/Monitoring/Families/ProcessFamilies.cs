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
        registry.Counter(
            "process_network_receive_bytes_total", "Bytes that the network has brought to this host or container.",
            static () => ProcessFigures.NetworkBytes("InOctets"));
        registry.Counter(
            "process_network_transmit_bytes_total", "Bytes that the network has taken from this host or container.",
            static () => ProcessFigures.NetworkBytes("OutOctets"));
    }
}
