using System.Globalization;
using System.Text;

namespace Netcd.Micro;

/// <summary>A run beside the baseline.</summary>
internal static class Comparison
{
    /// <summary>What is marked as slower: less than that is noise on a machine that has other work.</summary>
    private const double SlowerThan = 1.5;

    /// <summary>What is marked as allocating more. What grows now and then is divided among the operations, and comes out a little
    /// different each time.</summary>
    private const double AllocatesMoreThan = 1.02;

    /// <summary>What the run itself allocates, divided among the operations; less than any object has.</summary>
    private const long BytesOfTheRun = 8;

    /// <summary>The ratios as text, and the benchmarks that are marked.</summary>
    public static (string Text, IReadOnlyList<string> Marked) Of(Baseline before, IReadOnlyList<Figure> now)
    {
        Dictionary<string, Figure> known = before.Figures.ToDictionary(static figure => figure.Name, StringComparer.Ordinal);
        double speed = SpeedRatio(known, now);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"baseline: {before.Machine}, {before.Runtime}\n");
        text.Append(
            CultureInfo.InvariantCulture, $"the yardstick takes {speed:F2} times as long here, by which the ratios are divided\n\n");
        List<string> marked = [];
        foreach (Figure figure in now.Where(static figure => figure.Name != Yardstick.Name))
        {
            if (Add(text, figure, known.GetValueOrDefault(figure.Name), speed))
            {
                marked.Add(figure.Name);
            }
        }

        return (text.ToString(), marked);
    }

    private static bool Add(StringBuilder text, Figure figure, Figure? old, double speed)
    {
        double ratio = old is null ? 1 : figure.Nanoseconds / old.Nanoseconds / speed;
        bool isSlower = ratio > SlowerThan;
        bool allocatesMore = old is not null && figure.AllocatedBytes > (AllocatesMoreThan * old.AllocatedBytes) + BytesOfTheRun;
        text.Append(CultureInfo.InvariantCulture, $"{(isSlower ? "!!" : "  ")} {figure.Nanoseconds,9:F1} ns {ratio,5:F2}x  ");
        text.Append(CultureInfo.InvariantCulture, $"{(allocatesMore ? "!!" : "  ")} {figure.AllocatedBytes,6} B  {figure.Name}");
        text.Append(
            old is null ? " (new)" : allocatesMore ? string.Create(CultureInfo.InvariantCulture, $" (was {old.AllocatedBytes} B)") : "");
        text.Append('\n');
        return isSlower || allocatesMore;
    }

    /// <summary>How much longer this machine takes now for the same work; 1 where the yardstick was not run.</summary>
    private static double SpeedRatio(Dictionary<string, Figure> known, IReadOnlyList<Figure> now)
    {
        Figure? before = known.GetValueOrDefault(Yardstick.Name);
        Figure? here = now.FirstOrDefault(static figure => figure.Name == Yardstick.Name);
        return before is null || here is null ? 1 : here.Nanoseconds / before.Nanoseconds;
    }
}
