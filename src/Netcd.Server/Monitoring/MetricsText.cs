using System.Globalization;
using System.Text;
using Netcd.Engine.Metering;

namespace Netcd.Server.Monitoring;

/// <summary>Metrics as Prometheus' text format.</summary>
internal static class MetricsText
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

    /// <summary>The page; a metric that has no figures yet is left out, as in etcd.</summary>
    public static string Write(IEnumerable<MetricFamily> families)
    {
        StringBuilder page = new();
        foreach (MetricFamily family in families)
        {
            bool hasHead = false;
            foreach (MetricSeries series in family.Read())
            {
                if (!hasHead)
                {
                    hasHead = true;
                    page.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help).Append('\n')
                        .Append("# TYPE ").Append(family.Name).Append(' ').Append(NameOf(family.Kind)).Append('\n');
                }

                Write(page, family, series);
            }
        }

        return page.ToString();
    }

    /// <summary>A number as Go writes it: as a bound it is part of a series' name.</summary>
    public static string Number(double number)
    {
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        return Math.Abs(number) is > 0 and (< 1e-4 or >= 1e6) ? Scientific(shortest) : shortest;
    }

    /// <summary>A kind as the format names it.</summary>
    public static string NameOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };

    /// <summary>A number whose digits are found, with an exponent of two digits at least.</summary>
    private static string Scientific(string shortest)
    {
        int end = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = end < 0 ? shortest : shortest[..end];
        int exponent = end < 0 ? 0 : int.Parse(shortest[(end + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string sign = mantissa.StartsWith('-') ? "-" : "";
        mantissa = mantissa[sign.Length..];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal) is >= 0 and int at ? at : mantissa.Length;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        string fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{exponent + point - 1:+00;-00}");
    }

    private static void Write(StringBuilder page, MetricFamily family, in MetricSeries series)
    {
        if (series.Histogram is { } histogram)
        {
            Write(page, family, series, histogram);
        }
        else
        {
            Line(page, family, "", series.Labels, null, series.Value);
        }
    }

    private static void Write(StringBuilder page, MetricFamily family, in MetricSeries series, Histogram histogram)
    {
        long[] counts = histogram.Cumulated();
        for (int at = 0; at < counts.Length; at++)
        {
            string bound = at < counts.Length - 1 ? Number(histogram.Buckets.Shown[at]) : "+Inf";
            Line(page, family, "_bucket", series.Labels, bound, counts[at]);
        }

        Line(page, family, "_sum", series.Labels, null, histogram.Sum);
        Line(page, family, "_count", series.Labels, null, counts[^1]);
    }

    private static void Line(
        StringBuilder page, MetricFamily family, string suffix, IReadOnlyList<string> labels, string? bound, double value)
    {
        page.Append(family.Name).Append(suffix);
        char before = '{';
        for (int at = 0; at < labels.Count; at++)
        {
            page.Append(before).Append(family.Labels[at]).Append("=\"");
            AppendEscaped(page, labels[at]);
            page.Append('"');
            before = ',';
        }

        if (bound is not null)
        {
            page.Append(before).Append("le=\"").Append(bound).Append('"');
            before = ',';
        }

        page.Append(before == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static void AppendEscaped(StringBuilder page, string text)
    {
        foreach (char character in text)
        {
            _ = character switch
            {
                '\\' => page.Append("\\\\"),
                '"' => page.Append("\\\""),
                '\n' => page.Append("\\n"),
                _ => page.Append(character),
            };
        }
    }
}
