using System.Globalization;
using System.Text;

namespace Netcd.Server.Monitoring;

/// <summary>Metrics as lines of Prometheus' text format.</summary>
internal static class MetricsText
{
    /// <summary>Writes what is or is not.</summary>
    public static void Gauge(this StringBuilder page, string name, string help, bool value) => page.Gauge(name, help, value ? 1UL : 0);

    /// <summary>Writes what goes up and down.</summary>
    public static void Gauge(this StringBuilder page, string name, string help, ulong value) => page.Head(name, "gauge", help)
        .AppendLine(CultureInfo.InvariantCulture, $"{name} {value}");

    /// <summary>Writes what only goes up.</summary>
    public static void Counter(this StringBuilder page, string name, string help, long value) => page.Head(name, "counter", help)
        .AppendLine(CultureInfo.InvariantCulture, $"{name} {value}");

    /// <summary>Writes a figure that is in its labels.</summary>
    public static void Labelled(this StringBuilder page, string name, string help, string labels) => page.Head(name, "gauge", help)
        .AppendLine(CultureInfo.InvariantCulture, $"{name}{{{labels}}} 1");

    /// <summary>Writes how often something was at most as large as each of some bounds.</summary>
    public static void Histogram(
        this StringBuilder page, string name, string help, IEnumerable<(long Bound, long Count)> buckets, long sum, long count)
    {
        page.Head(name, "histogram", help);
        foreach ((long bound, long upTo) in buckets)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{Bound(bound)}\"}} {upTo}");
        }

        page.AppendLine(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"+Inf\"}} {count}")
            .AppendLine(CultureInfo.InvariantCulture, $"{name}_sum {sum}")
            .AppendLine(CultureInfo.InvariantCulture, $"{name}_count {count}");
    }

    /// <summary>Writes what stands before a metric's lines.</summary>
    public static StringBuilder Head(this StringBuilder page, string name, string type, string help) =>
        page.AppendLine(CultureInfo.InvariantCulture, $"# HELP {name} {help}")
            .AppendLine(CultureInfo.InvariantCulture, $"# TYPE {name} {type}");

    /// <summary>A bound as Go writes it: it is part of a series' name.</summary>
    private static string Bound(long bound) =>
        bound.ToString(bound < 1_000_000 ? "0" : "0.################e+00", CultureInfo.InvariantCulture);
}
