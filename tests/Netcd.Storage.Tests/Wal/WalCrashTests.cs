using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Wal;

public sealed class WalCrashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(31)]
    public void A_crash_at_any_point_leaves_all_that_was_acknowledged_and_nothing_invented(int seed)
    {
        CrashWorkload run = CrashWorkload.Run(seed, batches: 220, static disk => disk);
        int images = 0;
        foreach ((SimulatedDisk image, int operations, string how) in Images(run, seed, perOperation: 5))
        {
            images++;
            string? fault = run.Judge(image, operations, goOn: images % 12 == 0);
            Assert.True(fault is null, $"seed {seed}, {how}: {fault}");
        }

        Assert.True(images > 4_000, $"only {images} images");
    }

    [Fact]
    public void A_flush_that_is_left_out_is_found()
    {
        Assert.True(IsFound(static disk => new FlushDroppingDisk(disk, static _ => true)), "no flush at all");
        Assert.True(
            IsFound(static disk => new FlushDroppingDisk(disk, static path => path.EndsWith(".wal", StringComparison.Ordinal))),
            "no flush of a reopened segment");
        Assert.True(
            IsFound(static disk => new FlushDroppingDisk(disk, static path => path.EndsWith(".tmp", StringComparison.Ordinal))),
            "no flush of a new segment");
        Assert.True(
            IsFound(static disk => new FlushDroppingDisk(disk, static _ => false, dropsDirectories: true)), "no flush of the directory");
        Assert.False(IsFound(static disk => new FlushDroppingDisk(disk, static _ => false)), "nothing left out");
    }

    private static bool IsFound(Func<SimulatedDisk, IDisk> seenAs)
    {
        CrashWorkload run = CrashWorkload.Run(seed: 5, batches: 60, seenAs);
        return Images(run, seed: 5, perOperation: 2).Any(image => run.Judge(image.Image, image.Operations, goOn: false) is not null);
    }

    private static IEnumerable<(SimulatedDisk Image, int Operations, string How)> Images(CrashWorkload run, int seed, int perOperation)
    {
        Random random = new(seed);
        for (int operations = 0; operations <= run.Medium.OperationCount; operations++)
        {
            bool isWrite = operations > 0 && run.Medium.Log[operations - 1].Kind == SimulatedDiskOperationKind.Write;
            List<SimulatedDiskCrash> crashes = [new() { Operations = operations, Fate = UnflushedFate.Dropped },
                new() { Operations = operations, Fate = UnflushedFate.Kept }];
            for (int i = 0; i < perOperation; i++)
            {
                crashes.Add(new() { Operations = operations, Seed = (ulong)random.NextInt64() });
            }

            for (int i = 0; isWrite && i < 2 * perOperation; i++)
            {
                int cut = random.Next(run.Medium.Log[operations - 1].Data.Length + 1);
                crashes.Add(new()
                {
                    Operations = operations,
                    TornBytes = cut,
                    Fate = i % 2 == 0 ? UnflushedFate.Kept : UnflushedFate.Random,
                    Seed = (ulong)random.NextInt64(),
                });
            }

            foreach (SimulatedDiskCrash crash in crashes)
            {
                yield return (run.Medium.Crash(crash), operations, crash.ToString());
            }
        }
    }
}
