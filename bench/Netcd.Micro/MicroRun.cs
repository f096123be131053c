using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Netcd.Micro;

/// <summary>Runs benchmarks by their names.</summary>
internal static class MicroRun
{
    /// <summary>The names of all: class and method.</summary>
    public static IEnumerable<string> Names() => All().Select(static one => one.Name);

    /// <summary>Runs those whose name contains one of the words, or all; returns nothing where one failed.</summary>
    public static IReadOnlyList<Figure> Run(IReadOnlyList<string> words)
    {
        bool IsNamed(string name) => words.Count == 0 || words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
        string[] filters = [.. All().Where(one => IsNamed(one.Name)).Select(static one => one.FullName)];
        if (filters.Length == 0)
        {
            Console.Error.WriteLine("netcd-micro: there is no such benchmark; see netcd-micro list");
            return [];
        }

        DirectoryInfo artifacts = Directory.CreateTempSubdirectory("netcd-micro");
        try
        {
            IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroRun).Assembly)
                .Run(["--filter", .. filters], new MicroConfig(artifacts.FullName));
            return Figure.Of(summaries);
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string Name, string FullName)> All() =>
        from type in typeof(MicroRun).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.IsDefined(typeof(BenchmarkAttribute), inherit: false)
        orderby type.Name, method.Name
        select ($"{type.Name}.{method.Name}", $"{type.FullName}.{method.Name}");
}
