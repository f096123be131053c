using System.Text.Json;
using System.Text.Json.Serialization;

namespace Netcd.Charts;

/// <summary>What <c>bench/side-by-side.sh OUT=FILE</c>, or another script, has written.</summary>
/// <param name="Date">When it was measured.</param>
/// <param name="Commit">Of which commit of netcd.</param>
/// <param name="Machine">On what.</param>
/// <param name="Etcd">Against which etcd.</param>
/// <param name="Rows">The figures.</param>
internal sealed record BenchmarkRun(string Date, string Commit, string Machine, string Etcd, IReadOnlyList<BenchmarkRow> Rows)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    /// <summary>What stands below a picture.</summary>
    [JsonIgnore]
    public string Origin => $"{Etcd}, {Machine}, {Date}, commit {Commit}";

    /// <summary>Reads what several scripts have measured of the same commit on the same machine.</summary>
    /// <exception cref="InvalidDataException">A file is no such run, or of another commit or machine.</exception>
    public static BenchmarkRun Read(IReadOnlyList<string> paths)
    {
        BenchmarkRun[] runs = [.. paths.Select(Read)];
        return runs.FirstOrDefault(run => run.Origin != runs[0].Origin) is { } other
            ? throw new InvalidDataException($"not of one run: {runs[0].Origin}, and {other.Origin}")
            : runs[0] with { Rows = [.. runs.SelectMany(static run => run.Rows)] };
    }

    private static BenchmarkRun Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchmarkRun>(File.ReadAllText(path), Json)
                ?? throw new InvalidDataException($"{path} is empty");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"{path}: {failure.Message}", failure);
        }
    }
}

/// <summary>A figure of both servers: the median of the rounds.</summary>
/// <param name="Name">What was measured: the workload, a colon, the figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Etcd">etcd's.</param>
/// <param name="Netcd">netcd's.</param>
internal sealed record BenchmarkRow(string Name, string Unit, double Etcd, double Netcd)
{
    /// <summary>What of: all before the last colon.</summary>
    public string Workload => Name.LastIndexOf(": ", StringComparison.Ordinal) is var at and >= 0 ? Name[..at] : Name;

    /// <summary>Which figure: what is behind the last colon.</summary>
    public string Figure => Name.LastIndexOf(": ", StringComparison.Ordinal) is var at and >= 0 ? Name[(at + 2)..] : "";

    /// <summary>netcd's of etcd's.</summary>
    public double Ratio => Etcd > 0 ? Netcd / Etcd : double.NaN;
}
