using Netcd.Engine.Metering;
using Netcd.Server.Monitoring;

namespace Netcd.Server.Tests.Monitoring;

/// <summary>Metrics as Prometheus reads them, to the byte as Go's client writes them.</summary>
public sealed class MetricsTextTests
{
    [Fact]
    public void Families_stand_by_name_with_their_heads_and_those_without_figures_are_left_out()
    {
        MetricsRegistry registry = new();
        Histogram taken = new(Buckets.Seconds(0.001, 2));
        taken.Observe(1_500_000);
        registry.Histogram("b_seconds", "How long it takes.", taken);
        registry.Counter("a_total", "What has come.", () => 12);
        registry.Family("c", MetricKind.Gauge, "Nothing yet.", ["name"], static () => []);
        registry.Family(
            "d", MetricKind.Gauge, "By name.", ["kind", "name"], static () => [MetricSeries.Of(2.5, "x", "say \"a\\b\"\nend")]);
        Assert.Equal(
            """
            # HELP a_total What has come.
            # TYPE a_total counter
            a_total 12
            # HELP b_seconds How long it takes.
            # TYPE b_seconds histogram
            b_seconds_bucket{le="0.001"} 0
            b_seconds_bucket{le="0.002"} 1
            b_seconds_bucket{le="+Inf"} 1
            b_seconds_sum 0.0015
            b_seconds_count 1
            # HELP d By name.
            # TYPE d gauge
            d{kind="x",name="say \"a\\b\"\nend"} 2.5

            """,
            MetricsText.Write(registry.Families));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1, "-1")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00005, "5e-05")]
    [InlineData(3.2768, "3.2768")]
    [InlineData(524_288, "524288")]
    [InlineData(1_048_576, "1.048576e+06")]
    [InlineData(8_388_608, "8.388608e+06")]
    [InlineData(18_446_744_073_709_551_615d, "1.8446744073709552e+19")]
    public void Numbers_are_written_as_by_Go(double number, string text) => Assert.Equal(text, MetricsText.Number(number));
}
