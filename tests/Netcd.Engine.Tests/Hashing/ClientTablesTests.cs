using Google.Protobuf;
using Netcd.Engine.Alarms;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Watching;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Hashing;

/// <summary>The tables of the engine that clients fill, filled with what meets in a table without a secret (H5).</summary>
public sealed class ClientTablesTests
{
    private const int Count = 20_000;

    /// <summary>What chance alone makes of twenty thousand entries.</summary>
    private const int LongestChain = 14;

    private static long Colliding(int n) => ((long)n << 32) | (uint)n;

    [Fact]
    public void H5_lease_ids_that_a_client_chooses_do_not_meet_in_the_table()
    {
        LeaseTable leases = new(new HashSeed(5, 6));
        List<BucketChange> changes = [];
        for (int n = 1; n <= Count; n++)
        {
            leases.Grant(Colliding(n), 60, changes);
            leases.Attach(BitConverter.GetBytes(Colliding(n)), Colliding(n));
        }

        Assert.Equal(Count, leases.Count);
        Assert.InRange(HashChains.Longest(HashChains.TableOf(leases, "leases")), 1, LongestChain);
        Assert.InRange(HashChains.Longest(HashChains.TableOf(leases, "attached")), 1, LongestChain);
    }

    [Fact]
    public void H5_watch_ids_that_a_client_chooses_do_not_meet_in_the_stream()
    {
        using WatchFixture fixture = new(new WatchSettings { FragmentBytes = 1_000_000, QueueBytes = long.MaxValue });
        TestStream stream = new(fixture.Stage);
        for (int n = 1; n <= Count; n++)
        {
            stream.Create(
                new WatchCreateRequest { WatchId = Colliding(n), Key = ByteString.CopyFrom(BitConverter.GetBytes(Colliding(n))) });
        }

        fixture.Settle();
        Assert.Equal(Count, fixture.Stage.WatchCount);
        Assert.InRange(HashChains.Longest(stream.Watches), 1, LongestChain);
        WatchCohort head = (WatchCohort)Field(fixture.Stage, "head");
        Assert.InRange(HashChains.Longest(HashChains.TableOf(head.Index, "singles")), 1, LongestChain);
    }

    [Theory]
    [InlineData("awaitingRevocation")]
    [InlineData("clearing")]
    public void H5_the_tables_of_waiting_lease_calls_have_a_secret(string field)
    {
        using WatchFixture fixture = new(new WatchSettings { FragmentBytes = 1_000_000 });
        ConsensusPort consensus = new();
        ProposalQueue proposals = new(
            consensus, new LogPort(), new RequestIds(1, static bound => bound - 1), fixture.State, 1_000_000, prefersRevocations: false,
            MonotonicClock.Still);
        LeaseOutputs outputs = new(consensus, proposals, new LeaseCheckpoints(decided: false, fixture.State), new AnswerPort());
        LeaseClock clock = new(new LeaseClockOptions(1, 1_000, 1_000));
        NodeTiming timing = new(100, 1_000, 7_000);
        LeaseStage stage = new(
            fixture.State, clock, 1, timing, new LeasePort(), outputs, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.IsType<IdComparer>(Comparer(HashChains.TableOf(Field(stage, "calls"), field)));
        Assert.IsType<IdComparer>(Comparer(HashChains.TableOf(Field(stage, "proposals"), "noted")));
    }

    [Fact]
    public void Another_alarm_costs_the_same_however_many_a_client_has_raised()
    {
        AlarmTable alarms = AlarmTable.Empty;
        List<BucketChange> changes = new(2 * Count);
        for (ulong member = 1; member <= Count; member++)
        {
            alarms = alarms.Apply(Raise(member * 7_919), changes, out _);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        alarms = alarms.Apply(Raise(5), changes, out AlarmResponse response);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 10_000);
        Assert.Equal(5UL, Assert.Single(response.Alarms).MemberID);
        Assert.Equal(Count + 1, alarms.Alarms.Count);
        Assert.True(alarms.IsRaised(AlarmType.Corrupt));
        Assert.False(alarms.IsRaised(AlarmType.Nospace));
    }

    private static AlarmRequest Raise(ulong member) =>
        new() { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = member, Alarm = AlarmType.Corrupt };

    private static object Field(object owner, string name) =>
        owner.GetType()
            .GetField(name, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(owner)!;

    private static object Comparer(object table) => table.GetType().GetProperty("Comparer")!.GetValue(table)!;
}
