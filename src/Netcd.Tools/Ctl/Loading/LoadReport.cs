using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>What came of a load, for programs.</summary>
internal static class LoadReport
{
    /// <summary>The percentiles that are told.</summary>
    public static IReadOnlyList<(string Name, double Share)> Percentiles { get; } =
        [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

    public static string Json(LoadSettings settings, LoadResult result)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("workload", settings.Kind.ToString().ToLowerInvariant());
            json.WriteNumber("clients", settings.Clients);
            json.WriteNumber("connections", settings.Connections);
            json.WriteNumber("calls", result.Calls);
            json.WriteNumber("failures", result.Failures);
            json.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
            json.WriteNumber("calls_per_second", Math.Round(result.CallsPerSecond, 1));
            foreach ((string name, double share) in Percentiles)
            {
                json.WriteNumber(name.Replace(".", "", StringComparison.Ordinal) + "_us", Math.Round(result.Latencies.Percentile(share)));
            }

            json.WriteNumber("max_us", Math.Round(result.Latencies.MaxMicroseconds));
            if (result.FirstFailure is { } failure)
            {
                json.WriteString("first_failure", failure);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
