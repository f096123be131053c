using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Metering;
using Netcd.Server.Flight;
using Netcd.Server.Monitoring;
using Netcd.Storage.Disk;

namespace Netcd.Server.Tests.Monitoring;

/// <summary>The disk says how long the log and raft's snapshots take, by the folders that they lie in.</summary>
public sealed class MeteredDiskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DiskMetrics metrics = new();
    private readonly FlightRecorder flight = new(MonotonicClock.Still);
    private readonly MeteredDisk disk;

    public MeteredDiskTests()
    {
        disk = new MeteredDisk(
            PhysicalDisk.Instance, folder.At("wal"), folder.At("snap"), metrics, flight, NullLogger.Instance);
        disk.CreateDirectory(folder.At("wal"));
        disk.CreateDirectory(folder.At("snap"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Writes_and_flushes_of_the_log_are_measured_and_room_that_is_reserved_is_not()
    {
        using IDiskFile file = disk.Open(folder.At(Path.Combine("wal", "0.tmp")), DiskOpenMode.CreateNew);
        file.Preallocate(4_096);
        file.Flush();
        Assert.Equal(0, metrics.LogFlush.Cumulated()[^1]);
        file.WriteAt(0, new byte[100]);
        file.WriteAt(100, [new byte[20], new byte[3]]);
        file.Flush();
        Assert.Equal((2, 1, 123), (metrics.LogWrite.Cumulated()[^1], metrics.LogFlush.Cumulated()[^1], metrics.LogBytes.Value));
        Assert.Equal(0, metrics.SnapshotFlush.Cumulated()[^1]);
        Assert.Equal((1, 123), (flight.Log.ReadSlots()[0].Flushes, flight.Log.ReadSlots()[0].Bytes));
    }

    [Theory]
    [InlineData("0000000000000002-0000000000000064.snap.tmp", 1, 0)]
    [InlineData("tmp1", 0, 1)]
    [InlineData("db", 0, 0)]
    [InlineData("0000000000000064.snap.db", 0, 0)]
    public void Snapshots_and_images_are_told_from_the_database(string name, long snapshots, long images)
    {
        using IDiskFile file = disk.Open(folder.At(Path.Combine("snap", name)), DiskOpenMode.CreateNew);
        file.WriteAt(0, new byte[10]);
        file.Flush();
        Assert.Equal((snapshots, images), (metrics.SnapshotFlush.Cumulated()[^1], metrics.ImageFlush.Cumulated()[^1]));
        Assert.Equal(0, metrics.LogBytes.Value);
    }
}
