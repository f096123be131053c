using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Netcd.Load;

/// <summary>Tells a result as one line of name=value pairs, or as one JSON object of the same names.</summary>
internal static class LoadReport
{
    /// <param name="workload">What was run.</param>
    /// <param name="options">How it was run.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="operations">What throughput and CPU are divided by: calls, or keys of a fill.</param>
    /// <param name="cpuMicroseconds">CPU of the server over the run, if known.</param>
    /// <param name="residentKibibytes">Resident memory of the server after the run, if known.</param>
    /// <returns>The exit code: 1 if any call failed.</returns>
    public static int Write(
        string workload, LoadOptions options, LoopResult result, long operations, double? cpuMicroseconds, long? residentKibibytes)
    {
        List<(string Name, double Value)> values = new()
        {
            ("clients", options.Clients),
            ("connections", options.Connections),
            ("ops", operations),
            ("calls", result.Calls),
            ("errors", result.Errors),
            ("seconds", result.Elapsed.TotalSeconds),
            ("ops_per_s", operations / result.Elapsed.TotalSeconds),
            ("p50_us", result.Latencies.Percentile(0.5)),
            ("p90_us", result.Latencies.Percentile(0.9)),
            ("p99_us", result.Latencies.Percentile(0.99)),
            ("p999_us", result.Latencies.Percentile(0.999)),
            ("max_us", result.Latencies.MaxMicroseconds),
        };
        if (cpuMicroseconds is double cpu && operations > 0)
        {
            values.Add(("cpu_us_per_op", cpu / operations));
        }

        if (residentKibibytes is long resident)
        {
            values.Add(("rss_mib", resident / 1024.0));
        }

        Console.WriteLine(options.Json ? Json(workload, values, result.FirstError) : Text(workload, values));
        if (result.FirstError is string error)
        {
            Console.Error.WriteLine($"netcd-load: {result.Errors} calls failed; the first: {error}");
        }

        return result.Errors == 0 && result.Calls > 0 ? 0 : 1;
    }

    private static string Text(string workload, List<(string Name, double Value)> values)
    {
        StringBuilder line = new(workload);
        foreach ((string name, double value) in values)
        {
            line.Append(CultureInfo.InvariantCulture, $" {name}={Math.Round(value, 3)}");
        }

        return line.ToString();
    }

    private static string Json(string workload, List<(string Name, double Value)> values, string? error)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("workload", workload);
            foreach ((string name, double value) in values)
            {
                writer.WriteNumber(name, Math.Round(value, 3));
            }

            if (error is not null)
            {
                writer.WriteString("first_error", error);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
