using System.Globalization;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Metrics;

/// <summary>A page of metrics, read strictly.</summary>
internal sealed partial class Scrape
{
    private readonly Dictionary<string, Family> families = new(StringComparer.Ordinal);

    /// <summary>The families by name.</summary>
    public IReadOnlyDictionary<string, Family> Families => families;

    /// <summary>The page as it is.</summary>
    public required string Text { get; init; }

    /// <summary>Asks a server for its page.</summary>
    public static Task<Scrape> OfAsync(ServerProcess server) => OfAsync(server.Endpoint);

    /// <summary>Asks a server for its page.</summary>
    /// <param name="endpoint">Its address and port.</param>
    public static async Task<Scrape> OfAsync(string endpoint)
    {
        using HttpClient http = new();
        return Parse(await http.GetStringAsync(new Uri($"http://{endpoint}/metrics")));
    }

    /// <summary>The figure of a series, written as on the page but with its labels in order; 0 where there is none.</summary>
    public double this[string series] => families.Values.SelectMany(static family => family.Series).FirstOrDefault(
        one => one.Name == series).Value;

    private static Scrape Parse(string page)
    {
        Scrape scrape = new() { Text = page };
        Family? current = null;
        foreach (string line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                continue;
            }

            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                current = new Family(words[2], words[3]);
                scrape.families.Add(current.Name, current);
                continue;
            }

            Match series = Series().Match(line);
            Assert.True(series.Success && current is not null, $"no series: {line}");
            string name = series.Groups["name"].Value;
            Assert.StartsWith(current.Name, name, StringComparison.Ordinal);
            (string Name, string Value)[] labels =
                [.. Label().Matches(series.Groups["labels"].Value).Select(static one => (one.Groups[1].Value, one.Groups[2].Value))];
            current.Add(name, labels, double.Parse(series.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture));
        }

        return scrape;
    }

    [GeneratedRegex("""^(?<name>[a-z0-9_]+)(\{(?<labels>([A-Za-z_]+="([^"\\]|\\.)*",?)+)\})? (?<value>[-+0-9.e]+)$""")]
    private static partial Regex Series();

    [GeneratedRegex("""([A-Za-z_]+)="((?:[^"\\]|\\.)*)" ?""")]
    private static partial Regex Label();

    /// <summary>A metric and its series.</summary>
    internal sealed record Family(string Name, string Type)
    {
        private readonly List<(string Name, double Value)> series = [];

        /// <summary>The names of the labels, apart from that of bounds.</summary>
        public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);

        /// <summary>The bounds of a histogram, as texts.</summary>
        public List<string> Bounds { get; } = [];

        /// <summary>The series.</summary>
        public IReadOnlyList<(string Name, double Value)> Series => series;

        public void Add(string name, (string Name, string Value)[] labels, double value)
        {
            foreach ((string label, string text) in labels)
            {
                if (label != "le")
                {
                    Labels.Add(label);
                }
                else if (!Bounds.Contains(text))
                {
                    Bounds.Add(text);
                }
            }

            string told = string.Join(',', labels.Select(static one => $"{one.Name}=\"{one.Value}\""));
            series.Add((told.Length == 0 ? name : $"{name}{{{told}}}", value));
        }
    }
}
