using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Netcd.Micro;

/// <summary>The figures of an earlier run, which later ones are compared with.</summary>
/// <param name="Machine">What it was measured on.</param>
/// <param name="Runtime">The .NET that it ran on.</param>
/// <param name="Figures">What was measured.</param>
internal sealed record Baseline(string Machine, string Runtime, IReadOnlyList<Figure> Figures)
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>The figures of this run, with what it ran on.</summary>
    public static Baseline Of(IReadOnlyList<Figure> figures) => new(
        $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors",
        RuntimeInformation.FrameworkDescription,
        [.. figures.OrderBy(static figure => figure.Name, StringComparer.Ordinal)]);

    /// <summary>Reads a baseline.</summary>
    public static Baseline Read(string path) => JsonSerializer.Deserialize<Baseline>(File.ReadAllText(path), Format)!;

    /// <summary>Writes it, and beside it a table for readers.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Format) + "\n");
        File.WriteAllText(Path.ChangeExtension(path, ".md"), Table());
    }

    private string Table()
    {
        StringBuilder text = new();
        text.Append("# What the hot pieces cost\n\n");
        text.Append(
            "Written by `netcd-micro baseline` (see [bench/README.md](../README.md)): the fastest of many short iterations, on a\n");
        text.Append(
            "machine that others may use at the same time. Another machine has other figures: compare ratios, and allocated bytes.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Machine}, {Runtime}.\n\n");
        text.Append("| benchmark | what | budget, ns | time, ns | allocated, bytes |\n|---|---|--:|--:|--:|\n");
        foreach (Figure figure in Figures)
        {
            string budget = BudgetColumn.Text(figure.BudgetNanoseconds);
            text.Append(CultureInfo.InvariantCulture, $"| `{figure.Name}` | {figure.What} ");
            text.Append(CultureInfo.InvariantCulture, $"| {budget} | {figure.Nanoseconds:N1} | {figure.AllocatedBytes:N0} |\n");
        }

        return text.ToString();
    }
}
