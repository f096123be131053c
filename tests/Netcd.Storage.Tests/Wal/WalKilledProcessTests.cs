using Netcd.Storage.Disk;
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
        using (WriteAheadLog successor = WriteAheadLog.Open(disk, WalFiles.Directory, WalMarker.Beginning, out WalContent _, WalFiles.Small))
        {
            last = successor.LastIndex + 1;
            successor.AppendEntry(0, 1, last, "acknowledged"u8);
            successor.Flush();
        }

        SimulatedDisk image = disk.Crash(new SimulatedDiskCrash { Fate = UnflushedFate.Dropped });
        Assert.Equal(last, WalFiles.ReadAll(image).Entries[^1].Index);
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
