namespace Netcd.Server.Configuration;

/// <summary>Where traces of calls are sent, and of which calls.</summary>
/// <param name="Collector">Where OTLP is spoken over gRPC.</param>
/// <param name="ServiceName">What the service is called.</param>
/// <param name="InstanceId">What this member is called among those of the service; empty for nothing.</param>
/// <param name="SamplesPerMillion">Of a million calls that come without a trace so many are traced; with one, its caller decides.</param>
public sealed record TracingOptions(Uri Collector, string ServiceName, string InstanceId, long SamplesPerMillion)
{
    private const long Million = 1_000_000;

    /// <summary>Reads the flags; null where tracing is off.</summary>
    /// <exception cref="ConfigurationException">One makes no sense.</exception>
    internal static TracingOptions? Read(Settings settings)
    {
        if (!settings.Boolean("enable-distributed-tracing"))
        {
            return null;
        }

        // In the words of etcd.
        long rate = settings.Number("distributed-tracing-sampling-rate");
        string? fault = rate < 0 ? "must be positive" : rate > Million ? $"must be less than {Million}" : null;
        if (fault is not null)
        {
            throw new ConfigurationException($"distributed tracing configurition is not valid: (tracing sampling rate {fault})");
        }

        string address = settings.Text("distributed-tracing-address");
        bool isAddress = !address.Contains('/', StringComparison.Ordinal)
            && Uri.TryCreate("http://" + address, UriKind.Absolute, out Uri? collector) && collector is { UserInfo: "", Query: "" };
        return isAddress
            ? new TracingOptions(
                new Uri("http://" + address),
                settings.Text("distributed-tracing-service-name"),
                settings.Text("distributed-tracing-instance-id"),
                rate)
            : throw new ConfigurationException($"--distributed-tracing-address \"{address}\" must be \"host:port\"");
    }
}
