using Netcd.Engine.Metering;

namespace Netcd.Server.Monitoring;

/// <summary>What kind of figure a metric is, as Prometheus has them.</summary>
internal enum MetricKind
{
    /// <summary>Only goes up.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>How often something was at most as large as each of some bounds.</summary>
    Histogram,
}

/// <summary>A metric: its name, what it means, and how its figures are found when somebody looks.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of figure it is.</param>
/// <param name="Help">What it means, a sentence.</param>
/// <param name="Labels">The names of its labels.</param>
/// <param name="Read">Finds the figures as of now.</param>
internal sealed record MetricFamily(
    string Name, MetricKind Kind, string Help, IReadOnlyList<string> Labels, Func<IEnumerable<MetricSeries>> Read);

/// <summary>One figure of a metric, or one histogram.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Histogram">The histogram; null for other kinds.</param>
/// <param name="Labels">The values of the metric's labels, in their order.</param>
internal sealed record MetricSeries(double Value, Histogram? Histogram, IReadOnlyList<string> Labels)
{
    /// <summary>A figure.</summary>
    public static MetricSeries Of(double value, params string[] labels) => new(value, null, labels);

    /// <summary>A histogram.</summary>
    public static MetricSeries Of(Histogram histogram, params string[] labels) => new(0, histogram, labels);
}
