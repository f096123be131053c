using Netcd.Charts;
using OxyPlot;

// A picture's width, in SVG's units.
const int Width = 860;

try
{
    switch (args)
    {
        case ["draw", string folder, _, ..]:
            Draw(BenchmarkRun.Read(args[2..]), folder);
            return 0;
        case ["table", _, ..]:
            RatioTable.Write(BenchmarkRun.Read(args[1..]), Console.Out);
            return 0;
        default:
            Console.Error.WriteLine("""
                usage:
                  netcd-charts draw FOLDER FILE...    writes ratios.svg and, where a store has grown, growth.svg
                  netcd-charts table FILE...          prints the rows as a table of Markdown
                The files are those of one run, of the same commit on the same machine.
                """);
            return 2;
    }
}
catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine("netcd-charts: " + failure.Message);
    return 1;
}

static void Draw(BenchmarkRun run, string folder)
{
    if (RatioChart.Of(run) is { } ratios)
    {
        Write(ratios.Model, ratios.Height, folder, "ratios.svg");
    }

    if (GrowthChart.Of(run) is { } growth)
    {
        Write(growth, GrowthChart.Height, folder, "growth.svg");
    }
}

static void Write(PlotModel model, int height, string folder, string name)
{
    Directory.CreateDirectory(folder);
    string path = Path.Combine(folder, name);
    using FileStream file = File.Create(path);
    new SvgExporter { Width = Width, Height = height, TextMeasurer = new ScreenText() }.Export(model, file);
    Console.WriteLine(path);
}
