using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Offline;
using Netcd.Engine.Records;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Tests.Offline;

/// <summary>A restore that the power or a fault ends: there is a whole member, or none, and a second try succeeds.</summary>
public sealed class RestoreCrashTests
{
    private const string Snapshot = "/snapshot";

    private static readonly HashSeed Seed = new(11, 23);
    private static readonly MemberFiles Files = new("/data");

    [Fact]
    public void After_a_crash_at_any_operation_there_is_a_whole_member_or_a_second_restore_makes_one()
    {
        SimulatedDisk disk = WithSnapshot();
        int before = disk.OperationCount;
        Restore(disk).Run();
        HistoryHash expected = HistoryHash.Read(disk, Files.Database, 0, Seed);
        int wholes = 0;
        for (int operation = before; operation <= disk.OperationCount; operation++)
        {
            foreach (UnflushedFate fate in Enum.GetValues<UnflushedFate>())
            {
                SimulatedDisk crashed = disk.Crash(new() { Operations = operation, Fate = fate, Seed = (ulong)operation });
                if (crashed.FileExists(Files.Database))
                {
                    wholes++;
                }
                else
                {
                    Restore(crashed).Run();
                }

                Assert.Equal(expected, HistoryHash.Read(crashed, Files.Database, 0, Seed));
                WalContent log = LogReader.Read(crashed, Files.Wal, WriteAheadLog.ReadMarkers(crashed, Files.Wal)[^1]);
                Assert.Equal(new WalHardState(1, log.HardState.Vote, 2), log.HardState);
            }
        }

        Assert.InRange(wholes, 1, disk.OperationCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fault_of_the_disk_leaves_no_file_and_a_second_restore_succeeds(bool failsWrite)
    {
        int faults = 0;
        for (int number = 0; ; number++)
        {
            SimulatedDisk disk = WithSnapshot();
            Action<int> fail = failsWrite ? disk.FailWriteAfter : disk.FailFlushAfter;
            fail(number);
            try
            {
                Restore(disk).Run();
                break;
            }
            catch (IOException)
            {
                faults++;
                Assert.False(disk.FileExists(Files.Database));
                Assert.Empty(FilesBelow(disk, Files.DataDirectory));
            }

            Restore(disk).Run();
        }

        Assert.InRange(faults, 4, 1000);
    }

    [Fact]
    public void No_member_starts_where_a_restore_was_not_finished_and_none_that_started_there_is_removed()
    {
        SimulatedDisk disk = WithSnapshot();
        disk.CreateDirectory(Files.Snapshots);
        string unfinished = Path.Combine(Files.Snapshots, BackendDirectory.RestoringName);
        disk.Open(unfinished, DiskOpenMode.CreateNew).Dispose();
        disk.Open(Files.Database, DiskOpenMode.CreateNew).Dispose();
        OfflineException refused = Assert.Throws<OfflineException>(() => Restore(disk).Run());
        Assert.Equal("data-dir \"/data\" not empty or could not be read", refused.Message);
        disk.Delete(Files.Database);
        Restore(disk).Run();
        Assert.False(disk.FileExists(unfinished));
    }

    private static SnapshotRestore Restore(SimulatedDisk disk) => new(
        disk,
        new RestoreOptions
        {
            SnapshotPath = Snapshot,
            Files = Files,
            Name = "one",
            InitialCluster = new Dictionary<string, IReadOnlyList<string>>
            {
                ["one"] = ["http://127.0.0.1:11"],
                ["two"] = ["http://127.0.0.1:12"],
            },
            InitialClusterToken = "restored",
            SkipsHashCheck = true,
            RevisionBump = 7,
        },
        Seed,
        NullLogger.Instance);

    /// <summary>A database with some keys, and no sum behind it.</summary>
    private static SimulatedDisk WithSnapshot()
    {
        SimulatedDisk disk = new();
        using BackendFile file = BackendFile.Open(disk, Snapshot);
        List<BucketChange> keys = [];
        for (int main = 2; main < 60; main++)
        {
            byte[] revision = new byte[Revision.EncodedLength];
            new Revision(main, 0).Encode(revision);
            byte[] record = KeyValueView.Encode([(byte)main], new byte[300], main, main, 1, 0);
            keys.Add(new BucketChange(Schema.Key.ToArray(), revision, record));
        }

        file.Commit(new BackendBatch { Changes = keys, ConsistentIndex = 99, Term = 9 });
        return disk;
    }

    private static IEnumerable<string> FilesBelow(SimulatedDisk disk, string path) => disk.FileExists(path) ? [path]
        : disk.DirectoryExists(path) ? disk.List(path).SelectMany(name => FilesBelow(disk, Path.Combine(path, name)))
        : [];
}
