using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Server.Peers;

namespace Netcd.Server.Tests.Peers;

/// <summary>For how long a peer has been reached.</summary>
public sealed class PeerActivityTests
{
    [Theory]
    [InlineData(-3_600)]
    [InlineData(3_600)]
    public void A_step_of_the_wall_clock_changes_nothing(int seconds)
    {
        SteppedClock clock = new();
        PeerActivity activity = new(5, NullLogger.Instance, clock, new PeerMetrics());
        activity.Activate();
        clock.Elapsed = TimeSpan.FromSeconds(4);
        clock.Wall = clock.Wall.AddSeconds(seconds);
        Assert.Equal(TimeSpan.FromSeconds(4), activity.ActiveFor);
    }

    [Fact]
    public void It_counts_from_the_last_time_that_the_peer_was_not_reached()
    {
        SteppedClock clock = new();
        PeerMetrics metrics = new();
        PeerActivity activity = new(5, NullLogger.Instance, clock, metrics);
        Assert.Null(activity.ActiveFor);
        activity.Activate();
        clock.Elapsed = TimeSpan.FromSeconds(4);
        activity.Activate();
        Assert.Equal(TimeSpan.FromSeconds(4), activity.ActiveFor);
        activity.Deactivate("write", "message", "broken pipe");
        activity.Deactivate("write", "message", "broken pipe");
        Assert.Null(activity.ActiveFor);
        Assert.Equal(1, metrics.Disconnections.Value);
        activity.Activate();
        Assert.Equal(TimeSpan.Zero, activity.ActiveFor);
    }

    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
