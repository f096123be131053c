using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Netcd.Charts;

/// <summary>Curves over the number of keys: calls a second of both servers.</summary>
internal static class GrowthChart
{
    /// <summary>The picture's height.</summary>
    public const int Height = 420;

    /// <summary>The picture; null where the run did not let a store grow.</summary>
    public static PlotModel? Of(BenchmarkRun run)
    {
        List<(double Keys, string Call, BenchmarkRow Row)> points =
            [.. run.Rows.Where(static row => row.Figure == "throughput").SelectMany(PointOf)];
        if (points.Count == 0)
        {
            return null;
        }

        PlotModel model = Picture.Of(run, "calls a second as the store grows");
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "million keys", Minimum = 0 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendPlacement = LegendPlacement.Outside });
        foreach (IGrouping<string, (double Keys, string Call, BenchmarkRow Row)> call in points.GroupBy(static point => point.Call))
        {
            model.Series.Add(Curve($"{call.Key}: netcd", LineStyle.Solid, call, static row => row.Netcd));
            model.Series.Add(Curve($"{call.Key}: etcd", LineStyle.Dash, call, static row => row.Etcd));
        }

        return model;
    }

    private static LineSeries Curve(
        string title, LineStyle style, IEnumerable<(double Keys, string Call, BenchmarkRow Row)> points, Func<BenchmarkRow, double> value)
    {
        LineSeries curve = new() { Title = title, LineStyle = style, MarkerType = MarkerType.Circle, MarkerSize = 3 };
        curve.Points.AddRange(points.Select(point => new DataPoint(point.Keys / 1e6, value(point.Row))));
        return curve;
    }

    /// <summary>Whether a figure belongs to a curve: pages of a large store are thousands of times as quick, which no bar shows.</summary>
    public static bool Shows(BenchmarkRow row) => PointOf(row).Any();

    /// <summary>"5000000 keys: put" is a point of the curve "put".</summary>
    private static IEnumerable<(double, string, BenchmarkRow)> PointOf(BenchmarkRow row)
    {
        const string Separator = " keys: ";
        int at = row.Workload.IndexOf(Separator, StringComparison.Ordinal);
        if (at > 0 && double.TryParse(row.Workload[..at], NumberStyles.None, CultureInfo.InvariantCulture, out double keys))
        {
            yield return (keys, row.Workload[(at + Separator.Length)..], row);
        }
    }
}
