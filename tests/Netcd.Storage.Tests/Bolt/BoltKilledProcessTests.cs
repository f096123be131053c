using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>A process that is killed leaves what it wrote to its successor, flushed or not; then the power goes.</summary>
public sealed class BoltKilledProcessTests
{
    private const string DatabasePath = "/data/db";
    private const int Commits = 10;
    private const int CommitsOfSuccessor = 2;
    private const int ImagesAnOperation = 6;

    [Theory]
    [InlineData(201, FreelistSync.OnClose, false)]
    [InlineData(202, FreelistSync.EveryCommit, false)]
    [InlineData(203, FreelistSync.OnClose, true)]
    [InlineData(204, FreelistSync.EveryCommit, true)]
    public void A_state_that_a_successor_goes_on_from_outlasts_a_power_failure(int seed, FreelistSync sync, bool endsAtFailedFlush)
    {
        History history = new(seed, new BoltOptions { PageSize = 1024, FreelistSync = sync, GrowthStepBytes = 32 << 10 });
        int operations = history.CommitUntilEnded(NewDisk(), int.MaxValue, endsAtFailedFlush: false).Operations;
        Assert.True(operations > 4 * Commits, $"only {operations} operations");
        for (int killedAt = 1; killedAt < operations; killedAt++)
        {
            SimulatedDisk disk = NewDisk();
            (int acknowledged, int begun) = history.CommitUntilEnded(disk, killedAt, endsAtFailedFlush);
            List<(int Operations, int State)> commits = [(begun, acknowledged), .. history.Succeed(disk, acknowledged)];
            for (int at = begun; at <= disk.OperationCount; at++)
            {
                (int _, int oldest) = commits.FindLast(commit => commit.Operations <= at);
                for (int i = 0; i < ImagesAnOperation; i++)
                {
                    SimulatedDiskCrash crash = new()
                    {
                        Operations = at,
                        Fate = i switch { 0 => UnflushedFate.Dropped, 1 => UnflushedFate.Kept, _ => UnflushedFate.Random },
                        Seed = ((ulong)killedAt << 32) + ((ulong)at << 8) + (ulong)i,
                    };
                    history.Examine(disk.Crash(crash), oldest, $"killed at operation {killedAt}, {crash}");
                }
            }
        }
    }

    private static SimulatedDisk NewDisk()
    {
        SimulatedDisk disk = new();
        disk.CreateDirectory("/data");
        return disk;
    }

    /// <summary>The states that the commits lead to, one after the other, whoever does them.</summary>
    private sealed class History
    {
        private readonly int seed;
        private readonly BoltOptions options;
        private readonly List<BoltModel> states = [new()];

        public History(int seed, BoltOptions options)
        {
            (this.seed, this.options) = (seed, options);
            using BoltDatabase database = BoltDatabase.Open(NewDisk(), DatabasePath, options);
            for (int i = 1; i <= Commits + CommitsOfSuccessor; i++)
            {
                states.Add(Commit(database, i));
            }
        }

        /// <summary>
        /// The last state that was acknowledged, and the operations done by then. Where it ends at a failed flush, that is the first
        /// from the operation on.
        /// </summary>
        public (int Acknowledged, int Operations) CommitUntilEnded(SimulatedDisk disk, int endsAt, bool endsAtFailedFlush)
        {
            int done = 0;
            int acknowledged = 0;
            disk.Fault = operation => ++done < endsAt ? null
                : !endsAtFailedFlush ? new ProcessEndedException()
                : operation.Kind == SimulatedDiskOperationKind.Flush ? new IOException("input/output error") : null;
            BoltDatabase? database = null;
            try
            {
                for (database = BoltDatabase.Open(disk, DatabasePath, options); acknowledged < Commits; acknowledged++)
                {
                    Commit(database, acknowledged + 1);
                }
            }
            catch (Exception end) when (end is ProcessEndedException or IOException)
            {
                // As is wanted.
            }

            database?.Abandon();
            disk.Fault = null;
            disk.EndProcess();
            return (acknowledged, disk.OperationCount);
        }

        public List<(int Operations, int State)> Succeed(SimulatedDisk disk, int acknowledged)
        {
            using BoltDatabase database = BoltDatabase.Open(disk, DatabasePath, options);
            using (BoltReadTransaction found = database.BeginRead())
            {
                acknowledged += states[acknowledged].DifferenceTo(found) is null ? 0 : 1;
                Assert.Null(states[acknowledged].DifferenceTo(found));
            }

            List<(int Operations, int State)> commits = [];
            for (int i = acknowledged + 1; i <= acknowledged + CommitsOfSuccessor; i++)
            {
                Commit(database, i);
                commits.Add((disk.OperationCount, i));
            }

            return commits;
        }

        public void Examine(SimulatedDisk image, int oldest, string where)
        {
            try
            {
                using BoltDatabase database = BoltDatabase.Open(image, DatabasePath, options);
                using BoltReadTransaction read = database.BeginRead();
                BoltCheckReport report = read.Check();
                Assert.True(report.IsClean, $"{where}: {report}");
                bool isKnown = states.Skip(oldest).Take(3).Any(state => state.DifferenceTo(read) is null);
                Assert.True(isKnown, $"{where}: not state {oldest}, nor one of the next two");
            }
            catch (BoltFormatException damage)
            {
                Assert.Fail($"{where}: {damage.Message}");
            }
        }

        private BoltModel Commit(BoltDatabase database, int number)
        {
            BoltModel next = states[number - 1].Clone();
            using BoltWriteTransaction transaction = database.BeginWrite();
            new BoltWorkload((seed * 1000) + number, keySpace: 60, bucketCount: 2, largest: 2000).Apply(transaction, next, operations: 12);
            transaction.Commit();
            return next;
        }
    }
}
