using Microsoft.Extensions.Time.Testing;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>Guessing is slowed down, and nobody is locked out by somebody else.</summary>
public sealed class LoginLockoutTests
{
    private static readonly LoginLockoutOptions Options =
        new(MaxFailures: 3, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void After_some_failures_log_ins_wait_twice_as_long_each_time_up_to_a_bound()
    {
        LoginLockout lockout = new(Options, clock);
        List<double> delays = [];
        for (int attempt = 0; attempt < 9; attempt++)
        {
            lockout.Failed("root", "10.0.0.1");
            TimeSpan delay = lockout.RefusedFor("root", "10.0.0.1");
            delays.Add(delay.TotalSeconds);
            clock.Advance(delay);
            Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("root", "10.0.0.1"));
        }

        Assert.Equal([0, 0, 2, 4, 8, 16, 30, 30, 30], delays);
    }

    [Fact]
    public void A_delay_runs_down()
    {
        LoginLockout lockout = new(Options, clock);
        Fail(lockout, "root", "10.0.0.1", 4);
        Assert.Equal(TimeSpan.FromSeconds(4), lockout.RefusedFor("root", "10.0.0.1"));
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(1), lockout.RefusedFor("root", "10.0.0.1"));
    }

    [Fact]
    public void The_user_can_log_in_from_elsewhere_and_others_from_there()
    {
        LoginLockout lockout = new(Options, clock);
        Fail(lockout, "root", "10.0.0.1", 10);
        Assert.NotEqual(TimeSpan.Zero, lockout.RefusedFor("root", "10.0.0.1"));
        Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("root", "10.0.0.2"));
        Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("alice", "10.0.0.1"));
        Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("10.0.0.1", "root"));
    }

    [Fact]
    public void A_right_password_clears_the_slate()
    {
        LoginLockout lockout = new(Options, clock);
        Fail(lockout, "root", "10.0.0.1", 2);
        lockout.Succeeded("root", "10.0.0.1");
        lockout.Succeeded("nobody", "10.0.0.1");
        Assert.Equal(0, lockout.Count);
        Fail(lockout, "root", "10.0.0.1", 2);
        Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("root", "10.0.0.1"));
    }

    [Fact]
    public void Failures_that_are_further_apart_than_the_window_do_not_add_up()
    {
        LoginLockout lockout = new(Options, clock);
        for (int attempt = 0; attempt < 10; attempt++)
        {
            lockout.Failed("root", "10.0.0.1");
            clock.Advance(TimeSpan.FromSeconds(61));
        }

        Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("root", "10.0.0.1"));
        Fail(lockout, "root", "10.0.0.1", 3);
        clock.Advance(TimeSpan.FromSeconds(62));
        Fail(lockout, "root", "10.0.0.1", 1);
        Assert.Equal(TimeSpan.FromSeconds(4), lockout.RefusedFor("root", "10.0.0.1"));
    }

    [Fact]
    public void No_more_pairs_are_known_than_there_is_room_and_the_oldest_leaves()
    {
        LoginLockout lockout = new(Options, clock, maxEntries: 100);
        Fail(lockout, "root", "10.0.0.1", 3);
        Fail(lockout, "alice", "10.0.0.1", 2);
        for (int index = 0; index < 98; index++)
        {
            lockout.Failed(new string('x', index * 1_000), "10.0.0.9");
        }

        Assert.Equal(100, lockout.Count);
        lockout.Failed("alice", "10.0.0.1");
        lockout.Failed("one more", "10.0.0.9");
        Assert.Equal(100, lockout.Count);
        Assert.Equal(TimeSpan.Zero, lockout.RefusedFor("root", "10.0.0.1"));
        Assert.Equal(TimeSpan.FromSeconds(2), lockout.RefusedFor("alice", "10.0.0.1"));
    }

    [Fact]
    public void A_count_without_end_does_not_overflow()
    {
        LoginLockout lockout = new(Options with { MaxDelay = TimeSpan.FromDays(365) }, clock);
        Fail(lockout, "root", "10.0.0.1", 5_000);
        Assert.Equal(TimeSpan.FromDays(365), lockout.RefusedFor("root", "10.0.0.1"));
    }

    private static void Fail(LoginLockout lockout, string user, string address, int times)
    {
        for (int attempt = 0; attempt < times; attempt++)
        {
            lockout.Failed(user, address);
        }
    }
}
