using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Netcd.Micro;

/// <summary>
/// How the benchmarks are run: in this process, in iterations so short that some of them have a processor to themselves, and by the fastest
/// one: a machine that has other work makes an iteration slower, never faster.
/// </summary>
internal sealed class MicroConfig : ManualConfig
{
    private const int WarmupIterations = 20;
    private const int Iterations = 150;
    private const int IterationMilliseconds = 4;

    public MicroConfig(string artifacts)
    {
        // Without the empty run beside it, whose noise would be taken off the figures.
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(WarmupIterations)
            .WithIterationCount(Iterations)
            .WithIterationTime(TimeInterval.FromMilliseconds(IterationMilliseconds))
            .WithEvaluateOverhead(false));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddLogger(ConsoleLogger.Default);
        AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Metrics);
        AddColumn(new BudgetColumn(), StatisticColumn.Median, StatisticColumn.Min);
        ArtifactsPath = artifacts;
        Options |= ConfigOptions.JoinSummary;
    }
}
