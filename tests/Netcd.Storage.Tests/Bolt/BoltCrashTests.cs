using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

public sealed class BoltCrashTests
{
    private const int PageSize = 1024;

    [Theory]
    [InlineData(101, FreelistSync.OnClose)]
    [InlineData(102, FreelistSync.EveryCommit)]
    [InlineData(103, FreelistSync.OnClose)]
    public void A_crash_at_any_byte_of_any_write_loses_nothing_that_was_acknowledged(int seed, FreelistSync sync)
    {
        BoltCrashSweep sweep = new(seed, Options(sync));
        sweep.RunWorkload(commits: 60);
        sweep.CutEverywhere(imagesAnOperation: 16);
        Assert.Empty(sweep.Violations);
        Assert.True(sweep.Operations >= 300, $"{sweep.Operations} operations");
        Assert.True(sweep.Images >= 4800, $"{sweep.Images} images");
    }

    [Theory]
    [InlineData(111, FreelistSync.OnClose)]
    [InlineData(112, FreelistSync.EveryCommit)]
    [InlineData(113, FreelistSync.OnClose)]
    public void A_crash_at_any_byte_of_a_defragmentation_loses_nothing(int seed, FreelistSync sync)
    {
        BoltCrashSweep sweep = new(seed, Options(sync) with { GrowthStepBytes = 4 << 10 });
        int shortened = sweep.RunDefragmentedWorkload(commits: 100);
        Assert.True(shortened >= 10, $"the file was shortened {shortened} times");
        sweep.CutEverywhere(imagesAnOperation: 8);
        Assert.Empty(sweep.Violations);
        Assert.True(sweep.Operations >= 1_000, $"{sweep.Operations} operations");
    }

    [Theory]
    [InlineData(Misordering.PagesNotFlushed, FreelistSync.OnClose)]
    [InlineData(Misordering.PagesNotFlushed, FreelistSync.EveryCommit)]
    [InlineData(Misordering.MetaNotFlushed, FreelistSync.OnClose)]
    [InlineData(Misordering.MetaFirst, FreelistSync.OnClose)]
    public void The_sweep_finds_a_fault_in_the_order_of_writes(Misordering fault, FreelistSync sync)
    {
        BoltCrashSweep sweep = new(104, Options(sync));
        sweep.RunWorkload(commits: 30, disk => new MisorderingDisk(disk, fault, PageSize));
        sweep.CutEverywhere(imagesAnOperation: 8, maxViolations: 5);
        Assert.NotEmpty(sweep.Violations);
    }

    private static BoltOptions Options(FreelistSync sync) => new() { PageSize = PageSize, FreelistSync = sync, GrowthStepBytes = 32 << 10 };
}
