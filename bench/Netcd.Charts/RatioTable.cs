using System.Globalization;

namespace Netcd.Charts;

/// <summary>All rows as a table of Markdown.</summary>
internal static class RatioTable
{
    public static void Write(BenchmarkRun run, TextWriter output)
    {
        output.WriteLine(run.Origin + ":");
        output.WriteLine();
        output.WriteLine("| row | unit | etcd | netcd | ratio |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (BenchmarkRow row in run.Rows)
        {
            string ratio = double.IsNaN(row.Ratio) ? "-" : row.Ratio.ToString("0.00", CultureInfo.InvariantCulture);
            output.WriteLine($"| {row.Name} | {row.Unit} | {Shown(row.Etcd)} | {Shown(row.Netcd)} | {ratio} |");
        }
    }

    /// <summary>As many digits as mean something.</summary>
    private static string Shown(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
