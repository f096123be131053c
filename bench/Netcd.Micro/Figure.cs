using BenchmarkDotNet.Reports;

namespace Netcd.Micro;

/// <summary>What one benchmark came to.</summary>
/// <param name="Name">Class and method.</param>
/// <param name="What">What it measures.</param>
/// <param name="BudgetNanoseconds">What it may take.</param>
/// <param name="Nanoseconds">An operation's time in the fastest iteration: what other work the machine has only adds to it.</param>
/// <param name="AllocatedBytes">What an operation allocates.</param>
internal sealed record Figure(string Name, string What, double BudgetNanoseconds, double Nanoseconds, long AllocatedBytes)
{
    /// <summary>Two runs as one: of each benchmark the lesser figures, as whatever else went on has only added to them.</summary>
    public static IReadOnlyList<Figure> Least(IReadOnlyList<Figure> first, IReadOnlyList<Figure> second) =>
    [
        .. from figure in first
           join other in second on figure.Name equals other.Name into again
           let repeated = again.FirstOrDefault() ?? figure
           select figure with
           {
               Nanoseconds = Math.Min(figure.Nanoseconds, repeated.Nanoseconds),
               AllocatedBytes = Math.Min(figure.AllocatedBytes, repeated.AllocatedBytes),
           },
    ];

    /// <summary>The figures of what was run; empty where something failed.</summary>
    public static IReadOnlyList<Figure> Of(IEnumerable<Summary> summaries)
    {
        List<Figure> figures = [];
        foreach (BenchmarkReport report in summaries.SelectMany(static summary => summary.Reports))
        {
            if (report.ResultStatistics is not { } statistics)
            {
                return [];
            }

            Type type = report.BenchmarkCase.Descriptor.Type;
            figures.Add(new Figure(
                $"{type.Name}.{report.BenchmarkCase.Descriptor.WorkloadMethod.Name}",
                report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
                BudgetColumn.Of(report.BenchmarkCase),
                Math.Round(statistics.Min, 2),
                report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0));
        }

        return figures;
    }
}
