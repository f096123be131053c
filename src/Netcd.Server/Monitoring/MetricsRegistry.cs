using Netcd.Engine.Metering;

namespace Netcd.Server.Monitoring;

/// <summary>All metrics of a member. What is registered here is the page, and the table of docs/reference/metrics.md.</summary>
internal sealed class MetricsRegistry
{
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);

    /// <summary>The metrics by name.</summary>
    public IEnumerable<MetricFamily> Families => families.Values;

    /// <summary>Registers a figure that only goes up.</summary>
    public void Counter(string name, string help, Func<double> read) => Add(name, MetricKind.Counter, help, read);

    /// <inheritdoc cref="Counter(string, string, Func{double})"/>
    public void Counter(string name, string help, Counter counter) => Counter(name, help, () => counter.Value);

    /// <summary>Registers a figure that goes up and down.</summary>
    public void Gauge(string name, string help, Func<double> read) => Add(name, MetricKind.Gauge, help, read);

    /// <summary>Registers something that is or is not.</summary>
    public void Gauge(string name, string help, Func<bool> read) => Gauge(name, help, () => read() ? 1 : 0);

    /// <summary>Registers a histogram.</summary>
    public void Histogram(string name, string help, Histogram histogram) =>
        Family(name, MetricKind.Histogram, help, [], () => [MetricSeries.Of(histogram)]);

    /// <summary>Registers a metric whose figures have labels.</summary>
    public void Family(string name, MetricKind kind, string help, string[] labels, Func<IEnumerable<MetricSeries>> read) =>
        families.Add(name, new MetricFamily(name, kind, help, labels, read));

    /// <summary>Registers what is told by a label alone; the figure is 1.</summary>
    public void Told(string name, string help, string label, Func<string?> read) => Family(
        name, MetricKind.Gauge, help, [label], () => read() is { } value ? [MetricSeries.Of(1, value)] : []);

    private void Add(string name, MetricKind kind, string help, Func<double> read) =>
        Family(name, kind, help, [], () => [MetricSeries.Of(read())]);
}
