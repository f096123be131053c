using System.Globalization;
using Google.Protobuf;
using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Leases;

/// <summary>The life of leases on a member that leads: keep-alives, the end of their time, and what a restart makes of it.</summary>
public sealed class LeaseLifeTests : IDisposable
{
    private readonly SimulatedDisk disk = new(keepLog: false);
    private SteppedNode node;

    public LeaseLifeTests()
    {
        node = new SteppedNode(disk, 1, leaseCheckpointMilliseconds: 5_000);
        node.Answer(LeaseQuery.Inspect, 1);
    }

    [Fact]
    public void A_lease_that_nobody_renews_ends_in_time_and_takes_its_keys_along_in_one_revision()
    {
        Grant(7, 3);
        long granted = node.Now;
        foreach (string key in (string[])["b", "a", "c"])
        {
            Put(key, 7);
        }

        Put("other", 0);
        node.RunUntil(() => node.Node.Leases.Count == 0, "expiry");
        Assert.InRange(node.Now - granted, 2_900, 3_200);
        RangeResponse left = Everything();
        Assert.Equal(["other"], left.Kvs.Select(kv => kv.Key.ToStringUtf8()));
        Assert.Equal(6, left.Header.Revision);
    }

    [Fact]
    public void A_lease_that_is_renewed_lives_on()
    {
        Grant(7, 3);
        for (int n = 0; n < 10; n++)
        {
            node.RunFor(2_000);
            Assert.Equal(3, node.Answer(LeaseQuery.Renew, 7).TtlSeconds);
        }

        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 2, 3);
    }

    [Fact]
    public void Renewing_a_lease_that_does_not_exist_is_answered_at_once() =>
        Assert.Equal(EtcdErrors.LeaseNotFound, node.Answer(LeaseQuery.Renew, 7).Error);

    [Fact]
    public void A_keep_alive_that_comes_after_the_end_is_told_so_when_the_lease_is_gone()
    {
        Grant(7, 3);

        // No step has seen the end yet.
        node.RunFor(50);
        node.StandStill(3_500);
        SteppedNode.Asked late = node.Ask(LeaseQuery.Renew, 7);
        node.RunUntil(() => late.Result is not null, "answer");
        Assert.Equal(EtcdErrors.LeaseNotFound, late.Result!.Error);
        Assert.Equal(0, node.Node.Leases.Count);
    }

    [Fact]
    public void A_keep_alive_that_overtakes_the_grant_waits_for_it()
    {
        SteppedNode.Sent grant = node.Propose(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 7, TTL = 9 } });
        while (node.Node.Position.CommitIndex == node.Node.Position.AppliedIndex)
        {
            node.Step("consensus");
            node.Step("log");
        }

        SteppedNode.Asked keepAlive = node.Ask(LeaseQuery.Renew, 7);
        SteppedNode.Asked look = node.Ask(LeaseQuery.Inspect, 7);
        node.Step("leases");
        Assert.False(grant.IsDone);
        Assert.Null(keepAlive.Result);
        Assert.Null(look.Result);
        node.RunUntil(() => keepAlive.Result is not null && look.Result is not null, "answers");
        Assert.Equal(9, keepAlive.Result!.TtlSeconds);
        Assert.Equal(9, look.Result!.GrantedSeconds);
    }

    [Fact]
    public void A_member_that_stood_still_asks_whether_it_leads_before_it_answers()
    {
        Grant(7, 60);
        node.RunFor(50);
        node.StandStill(500);
        SteppedNode.Asked keepAlive = node.Ask(LeaseQuery.Renew, 7);
        SteppedNode.Asked look = node.Ask(LeaseQuery.Inspect, 7);
        for (int n = 0; n < 10; n++)
        {
            node.Step("leases");
        }

        Assert.Null(keepAlive.Result);
        Assert.Null(look.Result);
        node.Step("consensus");
        node.Step("leases");
        Assert.Equal(60, keepAlive.Result!.TtlSeconds);
        Assert.Equal(60, look.Result!.GrantedSeconds);
    }

    [Fact]
    public void Keep_alives_that_are_asked_for_together_are_answered_in_their_order_whatever_each_has_to_wait_for()
    {
        Grant(7, 100);
        Grant(60, 100);

        // What is left of these two is noted, the next one is renewed at once, and no step has seen the end of the last.
        node.RunFor(12_000);
        Grant(4, 4);
        Grant(3, 3);
        node.RunFor(50);
        node.StandStill(3_500);
        SteppedNode.AskedTogether asked = node.Renew(99, 7, 3, 4, 60, 7, 99);
        node.Step("leases");
        Assert.False(asked.IsDone);
        node.RunUntil(() => asked.IsDone, "answers");
        Renewal[] expected =
        [
            new(new LeaseId(99), 0, EtcdErrors.LeaseNotFound), new(new LeaseId(7), 100), new(new LeaseId(3), 0, EtcdErrors.LeaseNotFound),
            new(new LeaseId(4), 4), new(new LeaseId(60), 100), new(new LeaseId(7), 100), new(new LeaseId(99), 0, EtcdErrors.LeaseNotFound),
        ];
        Assert.Equal(expected, asked.Answers);
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 4).TtlSeconds, 2, 4);
        Restart();
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 100, 101);
    }

    [Fact]
    public void Keep_alives_that_nothing_stands_in_the_way_of_are_answered_together_in_one_step()
    {
        Grant(7, 70);
        Grant(8, 80);
        node.RunFor(2_000);
        SteppedNode.AskedTogether asked = node.Renew(8, 7);
        node.Step("leases");
        Assert.True(asked.IsDone);
        Assert.Equal([new Renewal(new LeaseId(8), 80), new Renewal(new LeaseId(7), 70)], asked.Answers);
        Assert.Equal(2, node.Node.Leases.Metrics.Renewed.Value);
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 8).TtlSeconds, 79, 80);
    }

    [Fact]
    public void A_member_that_stood_still_asks_whether_it_leads_before_it_renews_any()
    {
        Grant(7, 70);
        node.RunFor(50);
        node.StandStill(500);
        SteppedNode.AskedTogether asked = node.Renew(7, 99);
        for (int n = 0; n < 10; n++)
        {
            node.Step("leases");
        }

        Assert.False(asked.IsDone);
        Assert.Equal([new Renewal(new LeaseId(7)), new Renewal(new LeaseId(99))], asked.Answers);
        node.Step("consensus");
        node.Step("leases");
        Assert.Equal([new Renewal(new LeaseId(7), 70), new Renewal(new LeaseId(99), 0, EtcdErrors.LeaseNotFound)], asked.Answers);
    }

    [Fact]
    public void A_member_that_does_not_lead_says_so_of_each_and_one_that_stops_too()
    {
        Grant(7, 70);
        node.Dispose();
        node = new SteppedNode(disk, 2);
        SteppedNode.AskedTogether early = node.Renew(7, 99);
        node.Step("leases");
        Assert.Equal([EtcdErrors.NotPrimaryLessor, EtcdErrors.NotPrimaryLessor], early.Answers.Select(renewal => renewal.Error));
        SteppedNode.AskedTogether waiting = node.Renew(7, 99);
        node.Node.BeginStop();
        SteppedNode.AskedTogether late = node.Renew(7, 99);
        Assert.Equal([EtcdErrors.Stopped, EtcdErrors.Stopped], late.Answers.Select(renewal => renewal.Error));
        Assert.False(waiting.IsDone);
        node.Node.FailPending();
        Assert.True(waiting.IsDone);
        Assert.Equal([EtcdErrors.Stopped, EtcdErrors.Stopped], waiting.Answers.Select(renewal => renewal.Error));
    }

    [Fact]
    public void A_restart_gives_a_lease_its_whole_time_again_and_an_election_timeout_more()
    {
        Grant(7, 4);
        node.RunFor(3_000);
        Restart();
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 4, 5);
    }

    [Fact]
    public void A_restart_does_not_give_back_the_time_that_was_noted()
    {
        Grant(7, 100);
        node.RunFor(12_000);
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 87, 88);
        Restart();
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 89, 91);
        Assert.Equal(100, node.Answer(LeaseQuery.Inspect, 7).GrantedSeconds);
    }

    [Fact]
    public void A_renewal_takes_back_what_was_noted_before_it_is_answered()
    {
        Grant(7, 100);
        node.RunFor(12_000);
        Assert.Equal(100, node.Answer(LeaseQuery.Renew, 7).TtlSeconds);
        Restart();
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 100, 101);
    }

    /// <summary>The checkpoint may be in the log of the next leader, which would begin with the little time that it says.</summary>
    [Fact]
    public void A_renewal_waits_for_a_checkpoint_that_is_on_its_way_and_takes_it_back()
    {
        Grant(7, 100);
        node.RunFor(4_900);
        StepLeases(milliseconds: 200);
        SteppedNode.AskedTogether asked = node.Renew(7);
        node.Step("leases");
        AssertCountsAtTheNextLeader(asked);
    }

    [Fact]
    public void A_renewal_that_takes_a_checkpoint_back_waits_for_the_next_one_too()
    {
        Grant(7, 100);
        node.RunFor(9_900);
        SteppedNode.AskedTogether asked = node.Renew(7);
        Step("leases", "consensus", "log");
        StepLeases(milliseconds: 400);
        Step("consensus", "apply", "leases", "leases");
        AssertCountsAtTheNextLeader(asked);
    }

    [Fact]
    public void A_lease_that_lost_its_owner_ends_however_often_the_leader_changes()
    {
        Grant(7, 60);
        long granted = node.Now;
        for (int n = 0; n < 20 && node.Node.Leases.Count > 0; n++)
        {
            node.RunFor(7_000);
            Restart();
        }

        // Each leader gives a second more, and what passed since the last note.
        Assert.Equal(0, node.Node.Leases.Count);
        Assert.InRange(node.Now - granted, 60_000, 130_000);
    }

    [Fact]
    public void Ten_thousand_leases_that_end_together_go_a_few_at_a_time_while_writes_go_on()
    {
        const int count = 10_000;
        List<SteppedNode.Sent> grants = [];
        for (int id = 1; id <= count; id++)
        {
            grants.Add(node.Propose(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = 60 } }));
            if (id % 500 == 0)
            {
                node.RunUntil(() => grants.TrueForAll(grant => grant.IsDone), "grants");
                grants.Clear();
            }
        }

        Put("key", 1);
        node.StandStill(70_000);
        int puts = 0;
        int most = 0;
        while (node.Node.Leases.Count > 0)
        {
            int before = node.Node.Leases.Count;
            Put("other", 0);
            puts++;
            most = Math.Max(most, before - node.Node.Leases.Count);
        }

        // A put waits for about as many revocations as are under way.
        Assert.True(puts > count / 1_000, $"{puts} puts");
        Assert.True(most < 20 * Limits.MaxLeaseRevocationsInFlight, $"{most} leases went within one put");
        Assert.Equal(["other"], Everything().Kvs.Select(kv => kv.Key.ToStringUtf8()));
    }

    [Theory]
    [InlineData(0, 5, "etcdserver: requested lease not found")]
    [InlineData(1, 9_000_000_001, "etcdserver: too large lease TTL")]
    [InlineData(3, 5, "etcdserver: lease already exists")]
    public void A_grant_is_refused_in_etcds_words(long id, long ttl, string text)
    {
        Grant(3, 100);
        Assert.Equal(text, node.Run(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = ttl } }).Error?.Message);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(-7, 2)]
    [InlineData(1, 2)]
    [InlineData(3, 3)]
    [InlineData(9_000_000_000, 9_000_000_000)]
    public void A_lease_is_granted_for_one_and_a_half_election_timeouts_at_least(long asked, long granted)
    {
        LeaseGrantRequest request = new() { ID = -5, TTL = asked };
        Assert.Equal(granted, ((LeaseGrantResponse)node.Run(new InternalRaftRequest { LeaseGrant = request }).Response!).TTL);
        Restart();
        Assert.Equal(granted, node.Answer(LeaseQuery.Inspect, -5).GrantedSeconds);
    }

    public void Dispose() => node.Dispose();

    /// <summary>A renewal of lease 7, for 100 s, that the next leader knows of when it is answered.</summary>
    private void AssertCountsAtTheNextLeader(SteppedNode.AskedTogether asked)
    {
        Assert.False(asked.IsDone);
        node.RunUntil(() => asked.IsDone, "answer");
        Assert.Equal([new Renewal(new LeaseId(7), 100)], asked.Answers);
        Restart();
        Assert.InRange(node.Answer(LeaseQuery.Inspect, 7).TtlSeconds, 100, 101);
    }

    private void Step(params string[] stages) => Array.ForEach(stages, node.Step);

    /// <summary>Lets time pass for the lease stage alone: what it proposes goes no further.</summary>
    private void StepLeases(long milliseconds)
    {
        for (long end = node.Now + milliseconds; node.Now < end;)
        {
            node.StandStill(10);
            node.Step("leases");
        }
    }

    private void Restart()
    {
        long now = node.Now;
        node.Dispose();
        node = new SteppedNode(disk, 2, leaseCheckpointMilliseconds: 5_000);
        node.StandStill(now);
        node.Answer(LeaseQuery.Inspect, 1);
    }

    private void Grant(long id, long ttl) =>
        Assert.Null(node.Run(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = ttl } }).Error);

    private void Put(string key, long lease)
    {
        PutRequest request = new()
        {
            Key = ByteString.CopyFromUtf8(key),
            Value = ByteString.CopyFromUtf8(node.Now.ToString(CultureInfo.InvariantCulture)),
            Lease = lease,
        };
        Assert.Null(node.Run(new InternalRaftRequest { Put = request }).Error);
    }

    private RangeResponse Everything() => node.Read(new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) });
}
