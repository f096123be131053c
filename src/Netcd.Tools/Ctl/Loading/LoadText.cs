using System.Globalization;
using System.Text;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>What came of a load, for people: rate, percentiles, and a picture of how the latencies lie.</summary>
internal static class LoadText
{
    private const int BarLength = 50;

    private static readonly double[] Steps = [1, 2, 5];

    public static string Of(LoadSettings settings, LoadResult result)
    {
        string calls = settings.Kind == LoadKind.Watch ? "watch events" : "calls";
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{settings.Kind.ToString().ToLowerInvariant()}: {settings.Clients} clients, {settings.Connections} connections, "
                + $"{settings.Keys.Count} keys of {settings.Keys.Length} bytes, values of {settings.ValueBytes} bytes\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{result.Calls} {calls} in {result.Elapsed.TotalSeconds:0.00} s: {result.CallsPerSecond:0.0} a second, ");
        text.Append(CultureInfo.InvariantCulture, $"{result.Failures} failed\n");
        if (result.Calls > 0)
        {
            AppendPercentiles(text, result.Latencies);
            AppendPicture(text, result);
        }

        return text.ToString();
    }

    private static void AppendPercentiles(StringBuilder text, LatencyHistogram latencies)
    {
        text.Append("\nlatency:");
        foreach ((string name, double share) in LoadReport.Percentiles)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {name} {Time(latencies.Percentile(share))}");
        }

        text.Append(CultureInfo.InvariantCulture, $"  max {Time(latencies.MaxMicroseconds)}\n\n");
    }

    private static void AppendPicture(StringBuilder text, LoadResult result)
    {
        List<(double UpTo, long Count)> bars = [.. Bars(result.Latencies)];
        long most = bars.Max(static bar => bar.Count);
        foreach ((double upTo, long count) in bars)
        {
            string bar = new('#', (int)Math.Ceiling((double)count * BarLength / most));
            double share = 100.0 * count / result.Calls;
            text.Append(
                CultureInfo.InvariantCulture, $"{"up to " + Time(upTo),14} |{bar.PadRight(BarLength)}| {count,8} {share,5:0.0} %\n");
        }
    }

    /// <summary>Counts between 1, 2, 5, 10 ... microseconds, from the first that is not empty to the last.</summary>
    private static IEnumerable<(double UpTo, long Count)> Bars(LatencyHistogram latencies)
    {
        double above = -1;
        bool isBegun = false;
        for (double ten = 1; above < latencies.MaxMicroseconds; ten *= 10)
        {
            foreach (double upTo in Steps.Select(step => step * ten).TakeWhile(_ => above < latencies.MaxMicroseconds))
            {
                long count = latencies.CountBetween(above, upTo);
                isBegun |= count > 0;
                if (isBegun)
                {
                    yield return (upTo, count);
                }

                above = upTo;
            }
        }
    }

    private static string Time(double microseconds) => microseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds:0} us"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000:0.##} s"),
    };
}
