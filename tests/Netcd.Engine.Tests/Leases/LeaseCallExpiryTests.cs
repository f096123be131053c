using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Leases;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Node;
using Netcd.Engine.Tests.Watching;
using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Tests.Leases;

/// <summary>
/// Whatever a call about a lease waits for on the leader, and however many wait with it: it ends when its caller's time is over, or the
/// node's (findings H1, H5).
/// </summary>
public sealed class LeaseCallExpiryTests : IDisposable
{
    private const ulong Leader = 1;
    private const int Tick = 100;
    private const int Election = 1_000;
    private const int NodesTime = 7_000;
    private const int CallersTime = 1_200;

    /// <summary>Late by as much as they are looked through every so often.</summary>
    private const long MostLate = NodeTiming.ExpiryMilliseconds + Tick;

    private readonly WatchFixture fixture = new(new WatchSettings { FragmentBytes = 1_000_000 });
    private readonly List<PendingRead> asked = [];
    private readonly ConsensusPort consensus = new();
    private readonly LeasePort port = new();
    private readonly AnswerPort answers = new();
    private readonly LeaseStage stage;
    private long now;

    /// <summary>A leader of one lease of a second, and one of a minute. Nothing that it proposes is ever applied, and no quorum answers
    /// it.</summary>
    public LeaseCallExpiryTests()
    {
        consensus.Position = new RaftPosition(
            new MemberId(Leader), Term: 3, CommitIndex: 9, AppliedIndex: 9, AppliedTerm: 3, IsReadableAtOnce: false);
        ProposalQueue proposals = new(
            consensus, new LogPort(), new RequestIds(Leader, static bound => bound - 1), fixture.State, 1_500_000,
            prefersRevocations: false, MonotonicClock.Still);
        LeaseOutputs outputs = new(consensus, proposals, new LeaseCheckpoints(decided: false, fixture.State), answers);
        LeaseClock clock = new(new LeaseClockOptions(1, Election, 300_000));
        NodeTiming timing = new(Tick, Election, NodesTime);
        stage = new LeaseStage(fixture.State, clock, Leader, timing, port, outputs, NullLogger.Instance);
        fixture.State.Leases.Grant(1, 1, []);
        fixture.State.Leases.Grant(60, 60, []);
        StepAt(now);
    }

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(LeaseQuery.Renew)]
    [InlineData(LeaseQuery.Inspect)]
    [InlineData(LeaseQuery.InspectWithKeys)]
    public void A_call_ends_in_its_time_while_no_quorum_says_that_this_member_still_leads(LeaseQuery question)
    {
        now += 5 * Tick;
        long begun = now;
        SteppedNode.Asked[] hurried = [.. Enumerable.Range(0, 500).Select(_ => Ask(question, 60, CallersTime))];
        SteppedNode.Asked patient = Ask(question, 60, int.MaxValue);
        Assert.Equal((EtcdErrors.DeadlineExceeded, EtcdErrors.Timeout), Expiries(begun, hurried, patient));
        Assert.Single(asked);
    }

    [Fact]
    public void Renewals_that_are_asked_for_together_end_in_their_time_too()
    {
        now += 5 * Tick;
        long begun = now;
        Renewal[] asked64 = [.. Enumerable.Repeat(new Renewal(new LeaseId(60)), 64)];
        SteppedNode.AskedTogether renewals = new(asked64) { TimeoutMilliseconds = CallersTime };
        port.Renew(renewals);
        StepUntil(() => renewals.IsDone);
        Assert.InRange(now - begun, CallersTime, CallersTime + MostLate);
        Assert.All(renewals.Answers, static renewal => Assert.Equal(EtcdErrors.DeadlineExceeded, renewal.Error));
    }

    [Fact]
    public void A_keep_alive_ends_in_its_time_while_the_revocation_of_its_lease_is_not_applied()
    {
        StepUntil(() => now > Election + 1_000 + Tick);
        long begun = now;
        SteppedNode.Asked[] hurried = [Ask(LeaseQuery.Renew, 1, CallersTime), Ask(LeaseQuery.Renew, 1, CallersTime)];
        Assert.Equal((EtcdErrors.DeadlineExceeded, EtcdErrors.Timeout), Expiries(begun, hurried, Ask(LeaseQuery.Renew, 1, int.MaxValue)));
        Assert.Empty(asked);
    }

    [Fact]
    public void A_call_waits_a_second_for_what_was_committed_before_it_to_be_applied()
    {
        consensus.Position = consensus.Position with { CommitIndex = 10 };
        long begun = now;
        SteppedNode.Asked[] calls =
            [.. Enumerable.Range(0, 500).Select(n => Ask(n % 2 == 0 ? LeaseQuery.Renew : LeaseQuery.Inspect, 99, int.MaxValue))];
        StepUntil(() => calls.All(static call => call.Result is not null));
        Assert.InRange(now - begun, 1_000, 1_000 + Tick);
        Assert.All(calls, static call => Assert.Equal(EtcdErrors.TimeoutWaitingForApply, call.Result!.Error));

        SteppedNode.Asked timely = Ask(LeaseQuery.Inspect, 99, int.MaxValue);
        StepAt(now + Tick);
        Assert.Null(timely.Result);
        consensus.Position = consensus.Position with { AppliedIndex = 10 };
        StepAt(now + Tick);
        Assert.Equal(EtcdErrors.LeaseNotFound, timely.Result!.Error);
    }

    [Fact]
    public void Calls_that_have_ended_leave_their_places_to_others()
    {
        now += 5 * Tick;
        SteppedNode.Asked[] all = [.. Enumerable.Range(0, Limits.MaxWaitingLeaseCalls).Select(_ => Ask(LeaseQuery.Renew, 60, CallersTime))];
        SteppedNode.Asked refused = Ask(LeaseQuery.Renew, 60, CallersTime);
        StepAt(now);
        Assert.Equal(EtcdErrors.TooManyRequests, refused.Result!.Error);
        StepUntil(() => all.All(static call => call.Result is not null));
        SteppedNode.Asked late = Ask(LeaseQuery.Renew, 60, CallersTime);
        StepAt(now + Tick);
        Assert.Null(late.Result);
        StepUntil(() => late.Result is not null);
        Assert.Equal(EtcdErrors.DeadlineExceeded, late.Result!.Error);
    }

    private SteppedNode.Asked Ask(LeaseQuery question, long id, int timeoutMilliseconds)
    {
        SteppedNode.Asked call = new(question, id) { TimeoutMilliseconds = timeoutMilliseconds };
        port.Ask(call);
        return call;
    }

    /// <summary>Steps until all have ended, the patient one last, and checks when each did.</summary>
    private (EtcdError? Hurried, EtcdError? Patient) Expiries(long begun, SteppedNode.Asked[] hurried, SteppedNode.Asked patient)
    {
        StepUntil(() => hurried.All(static call => call.Result is not null));
        Assert.InRange(now - begun, CallersTime, CallersTime + MostLate);
        Assert.Null(patient.Result);
        StepUntil(() => patient.Result is not null);
        Assert.InRange(now - begun, NodesTime, NodesTime + MostLate);
        return (Assert.Single(hurried.Select(static call => call.Result!.Error).Distinct()), patient.Result!.Error);
    }

    private void StepAt(long time)
    {
        now = time;
        stage.Step(now);
        asked.AddRange(consensus.Reads.Drain());
    }

    private void StepUntil(Func<bool> condition)
    {
        for (int steps = 0; !condition(); steps++)
        {
            Assert.True(steps < 200, "it waits for ever");
            StepAt(now);
            now += Tick;
        }
    }
}
