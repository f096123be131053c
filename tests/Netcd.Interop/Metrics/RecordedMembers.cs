using System.Globalization;
using System.Text;

namespace Netcd.Interop.Metrics;

/// <summary>
/// What members say of themselves at two moments, as series for Prometheus' own tool: what was counted between the two is taken to happen
/// again in every step, and other figures stay as they were at the second moment.
/// </summary>
internal sealed class RecordedMembers
{
    private const int Steps = 60;
    private readonly List<string> lines = [];

    /// <summary>Those names of gauges that go on growing as they did between the two moments.</summary>
    public string Growing { get; init; } = "";

    /// <summary>How long it is from one figure of a series to the next, as Prometheus writes it.</summary>
    public string Step { get; init; } = "1m";

    /// <summary>Adds a member that answers.</summary>
    public void Add(string instance, Scrape first, Scrape second)
    {
        Add($"up{{instance=\"{instance}\",job=\"netcd-test\"}}", 1, 0);
        foreach (Scrape.Family family in second.Families.Values)
        {
            bool isCounted = family.Type != "gauge" || family.Name == Growing;
            foreach ((string series, double value) in family.Series)
            {
                Add(Labelled(series, instance), value, isCounted ? value - first[series] : 0);
            }
        }
    }

    /// <summary>Adds one that does not answer.</summary>
    public void AddDown(string instance) => Add($"up{{instance=\"{instance}\",job=\"netcd-test\"}}", 0, 0);

    /// <summary>Which alerts fire when it has gone on so for nearly an hour of steps.</summary>
    public async Task<string[]> FiringAsync(TemporaryFolder folder)
    {
        string rules = Repository.At("deploy", "prometheus", "alerts.yaml");
        string[] alerts = [.. File.ReadLines(rules).Where(static line => line.Contains("- alert: ", StringComparison.Ordinal))
            .Select(static line => line.Split(": ")[1])];
        bool[] fire = await GiveValuesAsync(
            folder, alerts.Select(static alert => $"ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}"));
        return [.. alerts.Where((_, at) => fire[at])];
    }

    /// <summary>Whether expressions give at least a value.</summary>
    public async Task<bool[]> GiveValuesAsync(TemporaryFolder folder, IEnumerable<string> expressions)
    {
        string[] asked = [.. expressions];
        StringBuilder test = new();
        test.AppendLine(CultureInfo.InvariantCulture, $"rule_files: ['{Repository.At("deploy", "prometheus", "alerts.yaml")}']");
        test.AppendLine(CultureInfo.InvariantCulture, $"evaluation_interval: {Step}");
        test.AppendLine(CultureInfo.InvariantCulture, $"tests:\n- interval: {Step}\n  input_series:");
        lines.ForEach(line => test.AppendLine(line));
        test.AppendLine("  promql_expr_test:");
        foreach (string expression in asked)
        {
            test.AppendLine(CultureInfo.InvariantCulture, $"  - expr: 'group({expression})'");
            test.AppendLine(CultureInfo.InvariantCulture, $"    eval_time: {EvaluationTime()}");
            test.AppendLine("    exp_samples: [{labels: '{}', value: 1}]");
        }

        string file = folder.At("alerts-test.yaml");
        await File.WriteAllTextAsync(file, test.ToString());
        CommandResult result = await Command.RunAsync(
            await PromtoolProgram.PathAsync(), ["test", "rules", file], "", TimeSpan.FromMinutes(2));
        string told = result.Output + result.Errors;
        Assert.True(result.ExitCode == 0 || told.Contains("FAILED", StringComparison.Ordinal), told);
        return [.. asked.Select(expression => !told.Contains(Quoted($"group({expression})"), StringComparison.Ordinal))];
    }

    private static string Labelled(string series, string instance)
    {
        string own = $"instance=\"{instance}\",job=\"netcd-test\"";
        int brace = series.IndexOf('{', StringComparison.Ordinal);
        return brace < 0 ? $"{series}{{{own}}}" : $"{series[..^1]},{own}}}";
    }

    /// <summary>As the tool writes an expression that did not give what it was to give.</summary>
    private static string Quoted(string expression) => "expr: \"" + expression.Replace("\"", "\\\"") + "\"";

    private string EvaluationTime() => (int.Parse(Step[..^1], CultureInfo.InvariantCulture) * (Steps - 1)) + Step[^1..];

    private void Add(string series, double value, double step)
    {
        lines.Add($"  - series: '{series}'");
        string growth = string.Create(CultureInfo.InvariantCulture, $"{(step < 0 ? "-" : "+")}{Math.Abs(step):F6}");
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"    values: '{value:F6}{growth}x{Steps}'"));
    }
}
