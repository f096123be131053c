using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Netcd.Micro;

/// <summary>The budget beside the measured time.</summary>
internal sealed class BudgetColumn : IColumn
{
    public string Id => nameof(BudgetColumn);

    public string ColumnName => "Budget";

    public string Legend => "what it may take on the machine of the baseline, in ns";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    /// <summary>The budget of a benchmark in nanoseconds; none has 0.</summary>
    public static double Of(BenchmarkCase benchmark) =>
        benchmark.Descriptor.WorkloadMethod.GetCustomAttribute<BudgetAttribute>()?.Nanoseconds ?? 0;

    /// <summary>A budget for a table.</summary>
    public static string Text(double nanoseconds) => nanoseconds == 0 ? "-" : nanoseconds.ToString("N0", CultureInfo.InvariantCulture);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => Text(Of(benchmarkCase));

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
