using OxyPlot;

namespace Netcd.Charts;

/// <summary>What all pictures have in common.</summary>
internal static class Picture
{
    /// <summary>An empty one, which says where its figures are from.</summary>
    public static PlotModel Of(BenchmarkRun run, string title) => new()
    {
        Title = title,
        Subtitle = run.Origin,
        SubtitleFontSize = 10,
        Padding = new OxyThickness(8, 24, 8, 8),
        Background = OxyColors.White,

        // One whose widths the library knows.
        DefaultFont = "Arial",
    };
}
