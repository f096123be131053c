using Netcd.Engine.Leases;

namespace Netcd.Engine.Tests.Leases;

/// <summary>The leader's count of the time that leases have left.</summary>
public sealed class LeaseClockTests
{
    private const long Election = 1_000;
    private const long Interval = 300_000;

    private readonly LeaseClock clock = new(new LeaseClockOptions(MinTtlSeconds: 2, Election, Interval));

    [Fact]
    public void A_lease_expires_when_its_time_is_over_and_not_a_millisecond_sooner()
    {
        GrantedLease lease = new(1, 10);
        clock.Add(lease, now: 500);
        Assert.Null(Expired(10_499));
        Assert.Same(lease, Expired(10_500));
    }

    [Fact]
    public void A_renewed_lease_lives_from_its_last_renewal_on()
    {
        GrantedLease lease = new(1, 10);
        clock.Add(lease, now: 0);
        for (long now = 9_000; now < 100_000; now += 9_000)
        {
            Assert.Null(Expired(now));
            clock.Renew(lease, now);
        }

        Assert.Null(Expired(108_999));
        Assert.Same(lease, Expired(109_000));
    }

    [Fact]
    public void A_lease_that_is_renewed_before_its_grant_is_heard_of_expires_all_the_same()
    {
        GrantedLease lease = new(1, 10);
        clock.Renew(lease, now: 500);
        clock.Add(lease, now: 501);
        Assert.Null(Expired(10_499));
        Assert.Same(lease, Expired(10_500));
    }

    [Fact]
    public void A_new_leader_gives_an_election_timeout_more_than_what_is_left()
    {
        GrantedLease whole = new(1, 10);
        GrantedLease checkpointed = new(2, 3_600) { RemainingSeconds = 4 };
        clock.Start([whole, checkpointed], now: 100);
        Assert.Null(Expired(100 + 4_000 + Election - 1));
        Assert.Same(checkpointed, Expired(100 + 4_000 + Election));
        Assert.Null(Expired(100 + 10_000 + Election - 1));
        Assert.Same(whole, Expired(100 + 10_000 + Election));
    }

    [Fact]
    public void A_lease_shorter_than_may_be_granted_now_counts_as_the_shortest()
    {
        GrantedLease lease = new(1, 1);
        clock.Start([lease], now: 0);
        Assert.Null(Expired(2_000 + Election - 1));
        Assert.Same(lease, Expired(2_000 + Election));
    }

    [Fact]
    public void Leases_that_would_end_together_are_spread_and_none_ends_sooner()
    {
        GrantedLease[] leases = [.. Enumerable.Range(1, 25_000).Select(id => new GrantedLease(id, 10))];
        clock.Start(leases, now: 0);
        Assert.All(leases, lease => Assert.True(lease.DeadlineMilliseconds >= 10_000 + Election));
        Assert.All(
            leases.GroupBy(lease => lease.DeadlineMilliseconds),
            together => Assert.True(together.Count() <= Limits.LeaseExpirationsPerMillisecond));
        Assert.Equal(
            10_000 + Election + (25_000 / Limits.LeaseExpirationsPerMillisecond) - 1, leases.Max(lease => lease.DeadlineMilliseconds));
    }

    [Fact]
    public void Nothing_expires_by_the_clock_of_a_member_that_leads_no_more()
    {
        GrantedLease lease = new(1, 10);
        clock.Add(lease, now: 0);
        clock.Stop([lease]);
        Assert.Null(Expired(long.MaxValue - 1));
        Assert.False(LeaseClock.IsExpired(lease, long.MaxValue - 1));
    }

    [Fact]
    public void A_long_lease_that_nobody_renews_is_noted_each_interval()
    {
        GrantedLease lease = new(1, 3_600);
        clock.Add(lease, now: 0);
        Assert.Empty(clock.TakeCheckpoints(Interval - 1, 10));
        Assert.Equal([(lease, 3_300L)], clock.TakeCheckpoints(Interval, 10));
        lease.RemainingSeconds = 3_300;
        Assert.Empty(clock.TakeCheckpoints((2 * Interval) - 1, 10));
        Assert.Equal([(lease, 3_000L)], clock.TakeCheckpoints(2 * Interval, 10));
    }

    [Fact]
    public void A_long_lease_that_is_renewed_in_time_is_never_noted()
    {
        GrantedLease lease = new(1, 360);
        clock.Add(lease, now: 0);
        for (long now = 120_000; now < 10 * Interval; now += 120_000)
        {
            Assert.Empty(clock.TakeCheckpoints(now, 10));
            clock.Renew(lease, now);
        }
    }

    [Fact]
    public void Checkpoints_come_in_batches()
    {
        GrantedLease[] leases = [.. Enumerable.Range(1, 2_500).Select(id => new GrantedLease(id, 3_600))];
        clock.Start(leases, now: 0);
        HashSet<long> noted = [];
        for (int batch = 0; batch < 3; batch++)
        {
            List<(GrantedLease Lease, long)> due = clock.TakeCheckpoints(Interval + 10_000, Limits.LeasesPerCheckpoint);
            Assert.True(due.Count is > 0 and <= Limits.LeasesPerCheckpoint);
            Assert.All(due, item => Assert.True(noted.Add(item.Lease.Id)));
        }

        Assert.Equal(2_500, noted.Count);
    }

    [Fact]
    public void Leases_granted_and_revoked_over_and_over_leave_nothing_behind()
    {
        for (int id = 1; id < 100_000; id++)
        {
            GrantedLease lease = new(id, 1_000_000);
            clock.Add(lease, now: 0);
            lease.IsRevoked = true;
            clock.Trim([]);
        }

        Assert.True(clock.EntryCount < 20_000, $"{clock.EntryCount} entries");
    }

    private GrantedLease? Expired(long now)
    {
        int looks = 1_000;
        return clock.TakeExpired(now, ref looks);
    }
}
