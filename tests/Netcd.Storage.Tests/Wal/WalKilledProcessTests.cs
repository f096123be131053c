using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Wal;

/// <summary>A process that is killed leaves what it wrote to its successor, flushed or not; then the power goes.</summary>
public sealed class WalKilledProcessTests
{
    [Fact]
    public void A_segment_that_got_its_name_just_before_the_process_was_killed_outlasts_a_power_failure()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        WriteAheadLog killed = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small);
        disk.Fault = static operation => operation.Kind == SimulatedDiskOperationKind.FlushDirectory ? new ProcessEndedException() : null;
        Assert.Throws<ProcessEndedException>(() => AppendUntilTheSegmentIsFull(killed));
        disk.Fault = null;
        disk.EndProcess();
        Assert.Equal(2, WalFiles.Segments(disk).Length);

        ulong last;
        using (WriteAheadLog successor = WriteAheadLog.Open(
            disk, WalFiles.Directory, WalMarker.Beginning, out WalContent _, WalFiles.Small))
        {
            last = successor.LastIndex + 1;
            successor.AppendEntry(0, 1, last, "acknowledged"u8);
            successor.Flush();
        }

        SimulatedDisk image = disk.Crash(new SimulatedDiskCrash { Fate = UnflushedFate.Dropped });
        Assert.Equal(last, WalFiles.ReadAll(image).Entries[^1].Index);
    }

    /// <summary>What a system does after a failed flush: it shows the bytes, and leaves them out of every later flush.</summary>
    [Fact]
    public void What_a_successor_finds_after_a_failed_flush_outlasts_a_power_failure()
    {
        int ends = 0;
        for (int flushes = 1; EndsAtFailedFlush(flushes) is { } disk; flushes++, ends++)
        {
            ulong last;
            using (WriteAheadLog successor = WriteAheadLog.Open(
                disk, WalFiles.Directory, WalMarker.Beginning, out WalContent _, WalFiles.Small))
            {
                last = successor.LastIndex + 1;
                successor.AppendEntry(0, 1, last, "acknowledged"u8);
                successor.Flush();
            }

            for (ulong seed = 0; seed < 20; seed++)
            {
                SimulatedDiskCrash crash = new() { Fate = seed == 0 ? UnflushedFate.Dropped : UnflushedFate.Random, Seed = seed };
                Assert.Equal(last, WalFiles.ReadAll(disk.Crash(crash)).Entries[^1].Index);
            }
        }

        Assert.True(ends > 90, $"only {ends} flushes have failed");
    }

    /// <summary>A disk on which the nth flush of a life of many has failed and ended it; null where there are not as many.</summary>
    private static SimulatedDisk? EndsAtFailedFlush(int flushes)
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small);
        disk.Fault = operation => operation.Kind == SimulatedDiskOperationKind.Flush && --flushes == 0
            ? new IOException("input/output error")
            : null;
        try
        {
            AppendUntilTheSegmentIsFull(log);
            return null;
        }
        catch (IOException)
        {
            disk.Fault = null;
            disk.EndProcess();
            return disk;
        }
    }

    private static void AppendUntilTheSegmentIsFull(WriteAheadLog log)
    {
        for (int i = 0; i < 100; i++)
        {
            log.AppendEntry(0, 1, log.LastIndex + 1, WalFiles.Bytes(200, i));
            log.Flush();
        }
    }
}
