
namespace Netcd.Server.Monitoring.Families;

/// <summary>Calls of gRPC, and of the pages beside it.</summary>
internal static class CallFamilies
{
    private static readonly string[] ByMethod = ["grpc_method", "grpc_service", "grpc_type"];

    public static void Register(MetricsRegistry registry, ServiceMetrics metrics)
    {
        AddCalls(registry, metrics.Calls);
        AddClients(registry, metrics.Calls);
        AddHealth(registry, metrics);
        AddPages(registry, metrics);
    }

    private static void AddCalls(MetricsRegistry registry, CallMeters calls)
    {
        Method(registry, "grpc_server_started_total", "Calls that have begun.", calls, static meter => meter.Started.Value);
        Method(registry, "grpc_server_msg_received_total", "Requests that have come.", calls, static meter => meter.ReceivedMessages.Value);
        Method(registry, "grpc_server_msg_sent_total", "Answers that were sent.", calls, static meter => meter.SentMessages.Value);
        registry.Family(
            "grpc_server_handled_total", MetricKind.Counter, "Calls that have ended, by their code.",
            ["grpc_code", .. ByMethod],
            () => calls.Methods.SelectMany(static meter => CallMeters.Codes.Select(
                (name, code) => MetricSeries.Of(meter.Ended(code).Value, name, meter.Method, meter.Service, meter.Type))));
        registry.Family(
            "grpc_server_handling_seconds", MetricKind.Histogram, "How long calls take; with --metrics=extensive only.", ByMethod,
            () => calls.Methods.Where(static meter => meter.Durations is not null).Select(
                static meter => MetricSeries.Of(meter.Durations!, meter.Method, meter.Service, meter.Type)));
    }

    private static void Method(MetricsRegistry registry, string name, string help, CallMeters calls, Func<CallMeter, long> read) =>
        registry.Family(name, MetricKind.Counter, help, ByMethod, () => calls.Methods.Select(
            meter => MetricSeries.Of(read(meter), meter.Method, meter.Service, meter.Type)));

    private static void AddClients(MetricsRegistry registry, CallMeters calls)
    {
        registry.Counter(
            "etcd_network_client_grpc_received_bytes_total", "Bytes of the requests of gRPC, before they were compressed.",
            calls.ReceivedBytes);
        registry.Counter(
            "etcd_network_client_grpc_sent_bytes_total", "Bytes of the answers of gRPC, before they are compressed.", calls.SentBytes);
        registry.Family(
            "etcd_server_client_requests_total", MetricKind.Counter, "Calls of gRPC by the version that the client tells.",
            ["client_api_version", "type"],
            () => calls.Clients.Select(static one => MetricSeries.Of(one.Calls.Value, one.Version, one.Type)));
    }

    private static void AddHealth(MetricsRegistry registry, ServiceMetrics metrics)
    {
        registry.Counter("etcd_server_health_success", "Answers of /health that all is well.", metrics.Healthy);
        registry.Counter("etcd_server_health_failures", "Answers of /health that it is not.", metrics.Unhealthy);
        registry.Family(
            "etcd_server_healthcheck", MetricKind.Gauge, "How each check of /livez and /readyz ended last: 1 for well.", ["name", "type"],
            () => metrics.LastChecks.All.Select(static one => new MetricSeries(one.Counter.Value, null, one.Labels)));
        registry.Family(
            "etcd_server_healthchecks_total", MetricKind.Counter, "Checks of /livez and /readyz.", ["name", "status", "type"],
            () => metrics.Checks.All.Select(static one => new MetricSeries(one.Counter.Value, null, one.Labels)));
    }

    private static void AddPages(MetricsRegistry registry, ServiceMetrics metrics)
    {
        registry.Gauge(
            "promhttp_metric_handler_requests_in_flight", "Requests for this page that are being answered.",
            () => metrics.PagesInFlight.Value);
        registry.Family(
            "promhttp_metric_handler_requests_total", MetricKind.Counter, "Requests for this page by the code of the answer.", ["code"],
            () => metrics.Pages.All.Select(static one => new MetricSeries(one.Counter.Value, null, one.Labels)));
    }
}
