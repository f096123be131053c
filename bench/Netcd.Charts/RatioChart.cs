using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Netcd.Charts;

/// <summary>Bars by workload: how many times etcd's calls netcd answers, and at what part of its processor time.</summary>
internal static class RatioChart
{
    private const int BarHeight = 38;
    private const int Frame = 180;
    private const int NamesWidth = 320;
    private static readonly OxyColor Rate = OxyColor.FromRgb(0x2a, 0x6f, 0xbb);
    private static readonly OxyColor Processor = OxyColor.FromRgb(0xe0, 0x8a, 0x2c);

    /// <summary>The picture and its height; null where the run has no such figure.</summary>
    public static (PlotModel Model, int Height)? Of(BenchmarkRun run)
    {
        // The last category is drawn at the top.
        List<IGrouping<string, BenchmarkRow>> workloads = [.. run.Rows
            .Where(static row => !GrowthChart.Shows(row) && (IsRate(row) || IsProcessor(row)))
            .GroupBy(static row => row.Workload).Where(static group => group.Any(IsRate)).Reverse()];
        if (workloads.Count == 0)
        {
            return null;
        }

        PlotModel model = Picture.Of(run, "netcd beside etcd (1: the same)");
        model.PlotMargins = new OxyThickness(NamesWidth, double.NaN, double.NaN, double.NaN);
        CategoryAxis names = new() { Position = AxisPosition.Left, GapWidth = 0.4 };
        names.Labels.AddRange(workloads.Select(static group => group.Key));
        model.Axes.Add(names);
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom,
            Minimum = 0,
            MajorGridlineStyle = LineStyle.Dot,
            MajorStep = 1,
            MaximumPadding = 0.08,
        });
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.BottomCenter, LegendPlacement = LegendPlacement.Outside });
        model.Series.Add(Bars("processor time of a call: less is better", Processor, workloads, IsProcessor));
        model.Series.Add(Bars("calls a second: more is better", Rate, workloads, IsRate));
        model.Annotations.Add(new LineAnnotation
        {
            Type = LineAnnotationType.Vertical,
            X = 1,
            Color = OxyColors.Black,
            LineStyle = LineStyle.Solid,
        });
        return (model, Frame + (BarHeight * workloads.Count));
    }

    private static BarSeries Bars(
        string title, OxyColor color, IEnumerable<IGrouping<string, BenchmarkRow>> workloads, Func<BenchmarkRow, bool> isOne)
    {
        BarSeries bars = new() { Title = title, FillColor = color, LabelFormatString = "{0:0.00}", FontSize = 10 };
        bars.Items.AddRange(workloads.SelectMany((group, at) => group.Where(isOne).Take(1).Select(row => new BarItem(row.Ratio, at))));
        return bars;
    }

    private static bool IsRate(BenchmarkRow row) => row.Figure is "throughput";

    private static bool IsProcessor(BenchmarkRow row) => row.Figure is "server CPU per call" or "CPU of all three per call";
}
