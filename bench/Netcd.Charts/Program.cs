using Netcd.Charts;
using OxyPlot;

// A picture's width, in SVG's units.
const int Width = 860;

if (args is not ["draw", string input, string folder])
{
    Console.Error.WriteLine("usage: netcd-charts draw FILE FOLDER    writes ratios.svg and, where a store has grown, growth.svg");
    return 2;
}

try
{
    BenchmarkRun run = BenchmarkRun.Read(input);
    if (RatioChart.Of(run) is { } ratios)
    {
        Write(ratios.Model, ratios.Height, "ratios.svg");
    }

    if (GrowthChart.Of(run) is { } growth)
    {
        Write(growth, GrowthChart.Height, "growth.svg");
    }

    return 0;
}
catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine("netcd-charts: " + failure.Message);
    return 1;
}

void Write(PlotModel model, int height, string name)
{
    Directory.CreateDirectory(folder);
    string path = Path.Combine(folder, name);
    using FileStream file = File.Create(path);
    new SvgExporter { Width = Width, Height = height, TextMeasurer = new ScreenText() }.Export(model, file);
    Console.WriteLine(path);
}
