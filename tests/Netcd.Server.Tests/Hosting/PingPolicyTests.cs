using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Hosting;

/// <summary>Which clients ping too often.</summary>
public sealed class PingPolicyTests
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);

    [Fact]
    public void The_third_ping_that_comes_too_soon_breaks_the_rule()
    {
        PingPolicy policy = new(Least);
        for (int n = 1; n <= 3; n++)
        {
            policy.Judge(n, n, sentUntilNow: 0);
            Assert.False(policy.IsBroken);
        }

        policy.Judge(4, 4, sentUntilNow: 0);
        Assert.True(policy.IsBroken);
    }

    [Fact]
    public void Pings_that_come_together_are_judged_one_by_one()
    {
        PingPolicy policy = new(Least);
        policy.Judge(0, 3, sentUntilNow: 0);
        Assert.False(policy.IsBroken);
        policy.Judge(0, 4, sentUntilNow: 0);
        Assert.True(policy.IsBroken);
    }

    [Fact]
    public void Pings_at_the_least_time_are_within_the_rule_and_forgive_nothing()
    {
        PingPolicy policy = new(Least);
        long now = 0;
        for (int n = 1; n <= 100; n++)
        {
            policy.Judge(now, n, sentUntilNow: 0);
            now += (long)Least.TotalMilliseconds;
        }

        Assert.False(policy.IsBroken);
        policy.Judge(now - 1, 103, sentUntilNow: 0);
        Assert.True(policy.IsBroken);
    }

    [Fact]
    public void What_the_server_has_sent_since_the_last_ping_forgives_the_strikes()
    {
        PingPolicy policy = new(Least);
        for (int n = 1; n <= 100; n++)
        {
            policy.Judge(n, n, sentUntilNow: n / 3);
            Assert.False(policy.IsBroken);
        }

        policy.Judge(101, 104, sentUntilNow: 33);
        Assert.True(policy.IsBroken);
    }

    [Fact]
    public void No_least_time_is_five_minutes()
    {
        PingPolicy policy = new(TimeSpan.Zero);
        for (int n = 0; n < 4; n++)
        {
            policy.Judge(n * 299_000, n + 1, sentUntilNow: 0);
        }

        Assert.True(policy.IsBroken);
    }
}
